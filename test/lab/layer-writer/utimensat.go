package main

import (
	"syscall"
	"unsafe"
)

func utimensat(directory int, path string, times [2]syscall.Timespec, flags int) error {
	name, err := syscall.BytePtrFromString(path)
	if err != nil {
		return err
	}
	_, _, fault := syscall.Syscall6(
		syscall.SYS_UTIMENSAT, uintptr(directory), uintptr(unsafe.Pointer(name)),
		uintptr(unsafe.Pointer(&times[0])), uintptr(flags), 0, 0,
	)
	if fault != 0 {
		return fault
	}
	return nil
}
