// Stands for the emulators of moby's BuildKit images: it looks the program up in PATH, as they do, and then is qemu, which lies
// behind this program in the same file, with its length in the last eight bytes. BuildKit mounts one file and no more.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"unsafe"
)

// Linux on amd64; the standard library does not name it.
const memfdCreate = 319

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "emulator:", err)
		os.Exit(127)
	}
}

func run(words []string) error {
	if len(words) == 0 {
		return fmt.Errorf("no program is named")
	}
	if !strings.Contains(words[0], "/") {
		found, err := exec.LookPath(words[0])
		if err != nil {
			return err
		}
		words[0] = found
	}
	qemu, err := unpack()
	if err != nil {
		return err
	}
	return syscall.Exec(qemu, append([]string{"qemu"}, words...), os.Environ())
}

// Path of qemu, in memory.
func unpack() (string, error) {
	own, err := os.Open("/proc/self/exe")
	if err != nil {
		return "", err
	}
	defer own.Close()
	end, err := own.Seek(-8, io.SeekEnd)
	if err != nil {
		return "", err
	}
	var length uint64
	if err := binary.Read(own, binary.BigEndian, &length); err != nil {
		return "", err
	}
	name := []byte("qemu\x00")
	fd, _, errno := syscall.Syscall(memfdCreate, uintptr(unsafe.Pointer(&name[0])), 0, 0)
	if errno != 0 {
		return "", errno
	}
	memory := os.NewFile(fd, "qemu")
	if _, err := io.Copy(memory, io.NewSectionReader(own, end-int64(length), int64(length))); err != nil {
		return "", err
	}
	return fmt.Sprintf("/proc/self/fd/%d", fd), nil
}
