// Makes trees of files as a test describes them, and says what Go's archive/tar writes of them, by which BuildKit makes
// layers. `layer-writer make DESCRIPTION.json DIRECTORY` makes a tree and ends; without arguments, it answers questions,
// a line of JSON each, until its input ends.
package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// A name as JSON can hold it: each character is one byte.
type byteString string

func (b *byteString) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	result := make([]byte, 0, len(text))
	for _, character := range text {
		if character > 0xff {
			return fmt.Errorf("%q is no byte", character)
		}
		result = append(result, byte(character))
	}
	*b = byteString(result)
	return nil
}

// What is to be made. Parents come before what they hold, the first name of a hard link before the others.
type entry struct {
	Kind string     `json:"kind"`
	Path byteString `json:"path"`
	Mode uint32     `json:"mode"`
	UID  int        `json:"uid"`
	GID  int        `json:"gid"`
	// Since 1970.
	Seconds     int64      `json:"seconds"`
	Nanoseconds int64      `json:"nanoseconds"`
	Content     byteString `json:"content"`
	// Larger than the content: the rest is a hole.
	Size int64 `json:"size"`
	// Target of a symlink; of a hard link, the first name, relative to the tree.
	Link   byteString            `json:"link"`
	Xattrs map[string]byteString `json:"xattrs"`
}

type header struct {
	Kind    string     `json:"kind"`
	Name    byteString `json:"name"`
	Mode    int64      `json:"mode"`
	UID     int        `json:"uid"`
	GID     int        `json:"gid"`
	Size    int64      `json:"size"`
	Seconds int64      `json:"seconds"`
	Link    byteString `json:"link"`
}

// One of both.
type question struct {
	Header *header `json:"header"`
	// Directory, which has to be there, and what it is to hold.
	Directory byteString `json:"directory"`
	Entries   []entry    `json:"entries"`
}

type answer struct {
	Error string `json:"error,omitempty"`
	// The blocks of a header, in hexadecimal.
	Blocks string `json:"blocks,omitempty"`
	// `sha256:…` of the whole stream.
	Digest string `json:"digest,omitempty"`
}

func main() {
	// What is asked for is made as it is asked for.
	syscall.Umask(0)
	var err error
	if len(os.Args) == 4 && os.Args[1] == "make" {
		err = makeDescribed(os.Args[2], os.Args[3])
	} else {
		err = answerQuestions(os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func makeDescribed(description, directory string) error {
	text, err := os.ReadFile(description)
	if err != nil {
		return err
	}
	var entries []entry
	if err := json.Unmarshal(text, &entries); err != nil {
		return err
	}
	return makeTree(directory, entries)
}

func answerQuestions(from io.Reader, to io.Writer) error {
	lines := bufio.NewReaderSize(from, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		result, err := answerTo(line)
		if err != nil {
			result = answer{Error: err.Error()}
		}
		if err := json.NewEncoder(to).Encode(result); err != nil {
			return err
		}
	}
}

func answerTo(line []byte) (answer, error) {
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{}, err
	}
	if asked.Header != nil {
		blocks, err := headerBlocks(*asked.Header)
		return answer{Blocks: hex.EncodeToString(blocks)}, err
	}
	directory := string(asked.Directory)
	if err := makeTree(directory, asked.Entries); err != nil {
		return answer{}, err
	}
	digest, err := layerDigest(directory)
	return answer{Digest: digest}, err
}

var types = map[string]byte{
	"file": tar.TypeReg, "hardlink": tar.TypeLink, "symlink": tar.TypeSymlink, "directory": tar.TypeDir, "fifo": tar.TypeFifo,
}

func headerBlocks(asked header) ([]byte, error) {
	var stream bytes.Buffer
	err := tar.NewWriter(&stream).WriteHeader(&tar.Header{
		Typeflag: types[asked.Kind], Name: string(asked.Name), Linkname: string(asked.Link), Mode: asked.Mode,
		Uid: asked.UID, Gid: asked.GID, Size: asked.Size, ModTime: time.Unix(asked.Seconds, 0), Format: tar.FormatPAX,
	})
	return stream.Bytes(), err
}

func makeTree(directory string, entries []entry) error {
	for _, one := range entries {
		if err := makeEntry(directory, one); err != nil {
			return fmt.Errorf("%q: %w", one.Path, err)
		}
	}
	// The last first: what is made in a directory changes its time.
	for index := len(entries) - 1; index >= 0; index-- {
		if err := finish(directory, entries[index]); err != nil {
			return fmt.Errorf("%q: %w", entries[index].Path, err)
		}
	}
	return nil
}

func makeEntry(directory string, one entry) error {
	path := filepath.Join(directory, string(one.Path))
	switch one.Kind {
	case "directory":
		return os.Mkdir(path, 0o755)
	case "file":
		if err := os.WriteFile(path, []byte(one.Content), 0o644); err != nil {
			return err
		}
		if one.Size > int64(len(one.Content)) {
			return os.Truncate(path, one.Size)
		}
		return nil
	case "symlink":
		return os.Symlink(string(one.Link), path)
	case "hardlink":
		return os.Link(filepath.Join(directory, string(one.Link)), path)
	case "fifo":
		return syscall.Mknod(path, syscall.S_IFIFO|0o644, 0)
	case "socket":
		return syscall.Mknod(path, syscall.S_IFSOCK|0o644, 0)
	case "device":
		return syscall.Mknod(path, syscall.S_IFCHR|0o644, 1<<8|3)
	}
	return fmt.Errorf("there is no kind %q", one.Kind)
}

// Owner before mode and attributes: a change of owner takes setuid, setgid and capabilities away.
func finish(directory string, one entry) error {
	if one.Kind == "hardlink" {
		return nil
	}
	path := filepath.Join(directory, string(one.Path))
	if err := os.Lchown(path, one.UID, one.GID); err != nil {
		return err
	}
	if one.Kind != "symlink" {
		if err := syscall.Chmod(path, one.Mode); err != nil {
			return err
		}
	}
	for name, value := range one.Xattrs {
		if err := syscall.Setxattr(path, name, []byte(value), 0); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return setTime(path, one.Seconds, one.Nanoseconds)
}

// UtimesNano of the package syscall follows links.
func setTime(path string, seconds, nanoseconds int64) error {
	const (
		atWorkingDirectory = -0x64
		noFollow           = 0x100
	)
	return utimensat(atWorkingDirectory, path, [2]syscall.Timespec{{Sec: seconds, Nsec: nanoseconds}, {Sec: seconds, Nsec: nanoseconds}}, noFollow)
}

// The layer of a tree: entries in the order of the names' bytes, relative, with whole seconds and without names of users.
func layerDigest(root string) (string, error) {
	hash := sha256.New()
	stream := tar.NewWriter(hash)
	firstNames := map[uint64]string{}
	err := filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if err != nil || path == root || info.Mode()&os.ModeSocket != 0 {
			return err
		}
		return writeEntry(stream, root, path, info, firstNames)
	})
	if err != nil {
		return "", err
	}
	if err := stream.Close(); err != nil {
		return "", err
	}
	return "sha256:" + hex.EncodeToString(hash.Sum(nil)), nil
}

func writeEntry(stream *tar.Writer, root, path string, info os.FileInfo, firstNames map[uint64]string) error {
	name, err := filepath.Rel(root, path)
	if err != nil {
		return err
	}
	link := ""
	if info.Mode()&os.ModeSymlink != 0 {
		if link, err = os.Readlink(path); err != nil {
			return err
		}
	}
	made, err := tar.FileInfoHeader(info, link)
	if err != nil {
		return err
	}
	made.Name, made.Uname, made.Gname = name, "", ""
	if info.IsDir() {
		made.Name += "/"
	}
	made.Format = tar.FormatPAX
	made.ModTime = made.ModTime.Truncate(time.Second)
	made.AccessTime, made.ChangeTime = time.Time{}, time.Time{}
	status := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() && status.Nlink > 1 {
		if first, ok := firstNames[status.Ino]; ok {
			made.Typeflag, made.Linkname, made.Size = tar.TypeLink, first, 0
		} else {
			firstNames[status.Ino] = name
		}
	}
	if err := stream.WriteHeader(made); err != nil {
		return err
	}
	if made.Typeflag != tar.TypeReg {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(stream, file)
	return err
}
