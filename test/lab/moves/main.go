// Moves a file or directory by rename(2) alone: mv(1) copies where that is refused.
package main

import (
	"fmt"
	"os"
	"syscall"
)

func main() {
	if err := syscall.Rename(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintf(os.Stderr, "rename %s to %s: %s\n", os.Args[1], os.Args[2], err)
		os.Exit(1)
	}
}
