// Reads what we write with the libraries that will read it in earnest: Dockerfiles with the parser of BuildKit's own
// frontend, TOML with the lifecycle's, ignore files with BuildKit's. A question is a line of JSON in, its answer one out,
// until the input ends.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/moby/patternmatcher/ignorefile"
)

// What is absent is not asked for.
type question struct {
	Dockerfile *string `json:"dockerfile"`
	// Variables that every base image sets, and those that the build gives to who declares them.
	ImageEnv  map[string]string `json:"imageEnv"`
	BuildArgs map[string]string `json:"buildArgs"`
	Ignore    *string           `json:"ignore"`
	Toml      []string          `json:"toml"`
}

type answer struct {
	// Not empty: the Dockerfile or the ignore file cannot be read, and nothing else is said.
	Error      string        `json:"error,omitempty"`
	Dockerfile *dockerfile   `json:"dockerfile,omitempty"`
	Ignore     []string      `json:"ignore,omitempty"`
	Toml       []tomlContent `json:"toml,omitempty"`
}

type dockerfile struct {
	Directives []directive `json:"directives"`
	Warnings   []string    `json:"warnings"`
	// Arguments before the first stage.
	Globals []pair  `json:"globals"`
	Stages  []stage `json:"stages"`
}

type directive struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type stage struct {
	Name         string        `json:"name"`
	Base         string        `json:"base"`
	Platform     string        `json:"platform"`
	Instructions []instruction `json:"instructions"`
}

type tomlContent struct {
	Error string         `json:"error,omitempty"`
	Table map[string]any `json:"table"`
}

// One instruction; which fields are set depends on the keyword. Variables are expanded.
type instruction struct {
	Keyword string  `json:"keyword"`
	Pairs   []pair  `json:"pairs,omitempty"`
	Text    string  `json:"text,omitempty"`
	Copy    *copied `json:"copy,omitempty"`
	Run     *run    `json:"run,omitempty"`
}

type pair struct {
	Name  string  `json:"name"`
	Value *string `json:"value,omitempty"`
}

type copied struct {
	From        string   `json:"from,omitempty"`
	Sources     []string `json:"sources,omitempty"`
	Files       []file   `json:"files,omitempty"`
	Destination string   `json:"destination"`
	Owner       string   `json:"owner,omitempty"`
	Mode        string   `json:"mode,omitempty"`
	Checksum    string   `json:"checksum,omitempty"`
	Link        bool     `json:"link,omitempty"`
	// Flags that we never write.
	Other []string `json:"other,omitempty"`
}

type file struct {
	Text string `json:"text"`
}

type run struct {
	// Given to a shell, not started as it is.
	Shell    bool     `json:"shell,omitempty"`
	Words    []string `json:"words"`
	Network  string   `json:"network,omitempty"`
	Security string   `json:"security,omitempty"`
	Mounts   []mount  `json:"mounts,omitempty"`
	Files    []file   `json:"files,omitempty"`
}

type mount struct {
	Type     string  `json:"type"`
	From     string  `json:"from,omitempty"`
	Source   string  `json:"source,omitempty"`
	Target   string  `json:"target,omitempty"`
	ID       string  `json:"id,omitempty"`
	Sharing  string  `json:"sharing,omitempty"`
	ReadOnly bool    `json:"readOnly,omitempty"`
	Required bool    `json:"required,omitempty"`
	Env      *string `json:"env,omitempty"`
	Mode     *uint64 `json:"mode,omitempty"`
	UID      *uint64 `json:"uid,omitempty"`
	GID      *uint64 `json:"gid,omitempty"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(answerTo(line)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := out.Flush(); err != nil {
			return
		}
	}
}

func answerTo(line []byte) (result answer) {
	defer func() {
		if fault := recover(); fault != nil {
			result = answer{Error: fmt.Sprintf("the reader panics: %v", fault)}
		}
	}()
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{Error: err.Error()}
	}
	var err error
	if asked.Dockerfile != nil {
		if result.Dockerfile, err = readDockerfile(*asked.Dockerfile, asked.ImageEnv, asked.BuildArgs); err != nil {
			return answer{Error: err.Error()}
		}
	}
	if asked.Ignore != nil {
		if result.Ignore, err = ignorefile.ReadAll(strings.NewReader(*asked.Ignore)); err != nil {
			return answer{Error: err.Error()}
		}
	}
	for _, text := range asked.Toml {
		result.Toml = append(result.Toml, readToml(text))
	}
	return result
}

func readToml(text string) tomlContent {
	table := map[string]any{}
	if _, err := toml.Decode(text, &table); err != nil {
		return tomlContent{Error: err.Error()}
	}
	return tomlContent{Table: table}
}

func readDockerfile(text string, imageEnv, buildArgs map[string]string) (*dockerfile, error) {
	parsed, err := parser.Parse(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	stages, globals, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		return nil, err
	}
	result := &dockerfile{Directives: []directive{}, Warnings: []string{}, Globals: []pair{}, Stages: []stage{}}
	directives := parser.DirectiveParser{}
	found, err := directives.ParseAll([]byte(text))
	if err != nil {
		return nil, err
	}
	for _, one := range found {
		result.Directives = append(result.Directives, directive{one.Name, one.Value})
	}
	for _, warning := range parsed.Warnings {
		result.Warnings = append(result.Warnings, warning.Short)
	}
	lexer := shell.NewLex(parsed.EscapeToken)
	// What stands before the first stage is seen by FROM lines, and by an ARG without a value in a stage.
	global := map[string]string{}
	for _, one := range globals {
		if err := expand(&one, environment{global, nil}, lexer); err != nil {
			return nil, fmt.Errorf("%s: %w", &one, err)
		}
		for _, arg := range one.Args {
			result.Globals = append(result.Globals, pair{arg.Key, arg.Value})
			if value, given := buildArgs[arg.Key]; given {
				global[arg.Key] = value
			} else if arg.Value != nil {
				global[arg.Key] = *arg.Value
			}
		}
	}
	// What an ENV sets, a stage hands on to those that begin with it; what an ARG declares, it does not.
	envs := map[string]map[string]string{}
	for _, one := range stages {
		if one.BaseName, _, err = lexer.ProcessWord(one.BaseName, environment{global, nil}); err != nil {
			return nil, fmt.Errorf("stage %s: %w", one.Name, err)
		}
		env := copyOf(imageEnv)
		if inherited, ok := envs[strings.ToLower(one.BaseName)]; ok {
			env = copyOf(inherited)
		} else if one.BaseName == "scratch" {
			env = map[string]string{}
		}
		envs[strings.ToLower(one.Name)] = env
		read, err := readStage(one, env, buildArgs, global, lexer)
		if err != nil {
			return nil, fmt.Errorf("stage %s: %w", one.Name, err)
		}
		result.Stages = append(result.Stages, read)
	}
	return result, nil
}

func readStage(from instructions.Stage, env, buildArgs, global map[string]string, lexer *shell.Lex) (stage, error) {
	result := stage{Name: from.Name, Base: from.BaseName, Platform: from.Platform, Instructions: []instruction{}}
	declared := map[string]string{}
	for _, command := range from.Commands {
		visible := environment{declared, env}
		if err := expand(command, visible, lexer); err != nil {
			return stage{}, fmt.Errorf("%s: %w", command, err)
		}
		if arg, ok := command.(*instructions.ArgCommand); ok {
			for _, one := range arg.Args {
				if value, given := buildArgs[one.Key]; given {
					declared[one.Key] = value
				} else if one.Value != nil {
					declared[one.Key] = *one.Value
				} else if value, given := global[one.Key]; given {
					declared[one.Key] = value
				}
			}
		}
		if set, ok := command.(*instructions.EnvCommand); ok {
			for _, one := range set.Env {
				env[one.Key] = one.Value
			}
		}
		result.Instructions = append(result.Instructions, describe(command))
	}
	return result, nil
}

// Expands variables where and as BuildKit does when it turns instructions into steps.
func expand(command instructions.Command, env environment, lexer *shell.Lex) error {
	if expandable, ok := command.(instructions.SupportsSingleWordExpansion); ok {
		err := expandable.Expand(func(word string) (string, error) {
			result, _, err := lexer.ProcessWord(word, env)
			return result, err
		})
		if err != nil {
			return err
		}
	}
	if expandable, ok := command.(instructions.SupportsSingleWordExpansionRaw); ok {
		raw := shell.NewLex('\\')
		raw.SkipProcessQuotes = true
		return expandable.ExpandRaw(func(word string) (string, error) {
			result, _, err := raw.ProcessWord(word, env)
			return result, err
		})
	}
	return nil
}

func describe(command instructions.Command) instruction {
	result := instruction{Keyword: strings.ToUpper(command.Name())}
	switch c := command.(type) {
	case *instructions.ArgCommand:
		for _, one := range c.Args {
			result.Pairs = append(result.Pairs, pair{one.Key, one.Value})
		}
	case *instructions.EnvCommand:
		result.Pairs = pairs(c.Env)
	case *instructions.LabelCommand:
		result.Pairs = pairs(c.Labels)
	case *instructions.UserCommand:
		result.Text = c.User
	case *instructions.WorkdirCommand:
		result.Text = c.Path
	case *instructions.CopyCommand:
		result.Copy = &copied{
			From: c.From, Sources: c.SourcePaths, Files: contents(c.SourceContents), Destination: c.DestPath,
			Owner: c.Chown, Mode: c.Chmod, Link: c.Link, Other: c.ExcludePatterns,
		}
		if c.Parents {
			result.Copy.Other = append(result.Copy.Other, "parents")
		}
	case *instructions.AddCommand:
		result.Copy = &copied{
			Sources: c.SourcePaths, Files: contents(c.SourceContents), Destination: c.DestPath,
			Owner: c.Chown, Mode: c.Chmod, Link: c.Link, Checksum: c.Checksum, Other: c.ExcludePatterns,
		}
		if c.KeepGitDir != nil || c.Unpack != nil {
			result.Copy.Other = append(result.Copy.Other, "keep-git-dir or unpack")
		}
	case *instructions.RunCommand:
		result.Run = commandLine(c.ShellDependantCmdLine)
		result.Run.Network = instructions.GetNetwork(c)
		result.Run.Security = instructions.GetSecurity(c)
		for _, one := range instructions.GetMounts(c) {
			result.Run.Mounts = append(result.Run.Mounts, mount{
				Type: string(one.Type), From: one.From, Source: one.Source, Target: one.Target, ID: one.CacheID,
				Sharing: string(one.CacheSharing), ReadOnly: one.ReadOnly, Required: one.Required, Env: one.Env,
				Mode: one.Mode, UID: one.UID, GID: one.GID,
			})
		}
	case *instructions.EntrypointCommand:
		result.Run = commandLine(c.ShellDependantCmdLine)
	case *instructions.CmdCommand:
		result.Run = commandLine(c.ShellDependantCmdLine)
	default:
		result.Text = fmt.Sprint(command)
	}
	return result
}

func pairs(from instructions.KeyValuePairs) []pair {
	result := []pair{}
	for _, one := range from {
		result = append(result, pair{one.Key, &one.Value})
	}
	return result
}

func contents(from []instructions.SourceContent) []file {
	result := []file{}
	for _, one := range from {
		result = append(result, file{one.Data})
	}
	return result
}

func commandLine(from instructions.ShellDependantCmdLine) *run {
	result := &run{Shell: from.PrependShell, Words: from.CmdLine}
	if result.Words == nil {
		result.Words = []string{}
	}
	for _, one := range from.Files {
		result.Files = append(result.Files, file{one.Data})
	}
	return result
}

// Variables by name; an earlier map hides a later one.
type environment []map[string]string

func (e environment) Get(name string) (string, bool) {
	for _, one := range e {
		if value, ok := one[name]; ok {
			return value, true
		}
	}
	return "", false
}

func (e environment) Keys() []string {
	names := []string{}
	for _, one := range e {
		for name := range one {
			names = append(names, name)
		}
	}
	return names
}

func copyOf(from map[string]string) map[string]string {
	result := map[string]string{}
	for name, value := range from {
		result[name] = value
	}
	return result
}
