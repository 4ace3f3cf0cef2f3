// Stands in a builder where the lifecycle would: under whatever phase's name it is called, it says how it was called and
// what files there are, as one line of JSON between two marker lines. Where the real lifecycle lies beside it, that one
// does its work first, and its exit code counts. The same JSON is left in /layers/probe for whoever cannot read the
// output.
package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

const realLifecycle = "/cnb/lifecycle/real"

// Contents of larger files, and of files outside the places that platforms write to, are not told.
const maxTextBytes = 64 * 1024

type file struct {
	Path string `json:"path"`
	// "file", "directory", "link" or "other".
	Kind string `json:"kind"`
	Mode string `json:"mode"`
	UID  uint32 `json:"uid"`
	GID  uint32 `json:"gid"`
	// Seconds since 1970.
	Time   int64  `json:"time"`
	Size   int64  `json:"sizeBytes"`
	Target string `json:"target,omitempty"`
	// Base64 of the bytes.
	Content *[]byte `json:"content,omitempty"`
}

type reading struct {
	Phase            string   `json:"phase"`
	Arguments        []string `json:"arguments"`
	Environment      []string `json:"environment"`
	UID              int      `json:"uid"`
	GID              int      `json:"gid"`
	WorkingDirectory string   `json:"workingDirectory"`
	// Of the real lifecycle; 0 where there is none.
	ExitCode int    `json:"exitCode"`
	Files    []file `json:"files"`
}

func main() {
	workingDirectory, err := os.Getwd()
	check(err)
	told := reading{
		Phase:            filepath.Base(os.Args[0]),
		Arguments:        os.Args[1:],
		Environment:      os.Environ(),
		UID:              os.Getuid(),
		GID:              os.Getgid(),
		WorkingDirectory: workingDirectory,
		ExitCode:         runReal(),
		Files:            []file{},
	}
	for _, root := range []string{"/cnb", "/platform", "/layers", "/workspace"} {
		told.Files = append(told.Files, walk(root)...)
	}
	line, err := json.Marshal(told)
	check(err)
	fmt.Printf("probe reading begins\n%s\nprobe reading ends\n", line)
	if os.MkdirAll("/layers/probe", 0o777) == nil {
		// Phases run as several users; only who made it can open it to the others.
		_ = os.Chmod("/layers/probe", 0o777)
		check(os.WriteFile("/layers/probe/"+told.Phase+".json", line, 0o644))
	}
	os.Exit(told.ExitCode)
}

func runReal() int {
	if _, err := os.Stat(realLifecycle); err != nil {
		return 0
	}
	phase := exec.Command(realLifecycle, os.Args[1:]...)
	phase.Args[0] = os.Args[0]
	phase.Stdout, phase.Stderr = os.Stdout, os.Stderr
	err := phase.Run()
	if _, isExit := err.(*exec.ExitError); !isExit {
		check(err)
	}
	return phase.ProcessState.ExitCode()
}

func walk(root string) []file {
	var found []file
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if path == "/cnb/lifecycle" || path == "/layers/probe" {
			return fs.SkipDir
		}
		if os.IsNotExist(err) && path == root {
			return nil
		}
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		one, err := describe(path, info)
		found = append(found, one)
		return err
	})
	check(err)
	return found
}

func describe(path string, info fs.FileInfo) (file, error) {
	owner := info.Sys().(*syscall.Stat_t)
	one := file{
		Path: path,
		Mode: fmt.Sprintf("%04o", owner.Mode&0o7777),
		UID:  owner.Uid,
		GID:  owner.Gid,
		Time: info.ModTime().Unix(),
		Size: info.Size(),
	}
	switch {
	case info.Mode().IsRegular():
		one.Kind = "file"
		if info.Size() > maxTextBytes || strings.HasPrefix(path, "/workspace/") {
			return one, nil
		}
		content, err := os.ReadFile(path)
		one.Content = &content
		return one, err
	case info.IsDir():
		one.Kind = "directory"
	case info.Mode()&fs.ModeSymlink != 0:
		one.Kind = "link"
		target, err := os.Readlink(path)
		one.Target = target
		return one, err
	default:
		one.Kind = "other"
	}
	return one, nil
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}
