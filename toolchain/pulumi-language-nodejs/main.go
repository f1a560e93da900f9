// pulumi-language-nodejs starts the Node.js language host that this module's tool directive names, with the options of
// the project as its flags.
//
// That host is older than the engine it serves, which tells a language host a project's options with every request. The
// host does not listen there: it would take `typescript: false` for true, and no `nodeargs` at all. In its own time
// options were flags, and those it still has.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"syscall"

	"gopkg.in/yaml.v3"
)

// project is what a language host needs to know of a Pulumi.yaml; a runtime may be a name alone.
type project struct {
	Runtime struct {
		Options map[string]any `yaml:"options"`
	} `yaml:"runtime"`
}

// known are the options that the host has flags for, by their names in Pulumi.yaml.
var known = []string{"typescript", "nodeargs"}

func main() {
	self, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	args := append([]string{self}, flags()...)
	// In place of this process: the engine ends the one it knows.
	log.Fatal(syscall.Exec(self+"-host", append(args, os.Args[1:]...), os.Environ()))
}

// flags of the project that the engine started this process in; none where there is no project.
func flags() []string {
	directory, err := os.Getwd()
	for ; err == nil; directory = filepath.Dir(directory) {
		text, missing := os.ReadFile(filepath.Join(directory, "Pulumi.yaml"))
		if missing == nil {
			return flagsOf(text)
		}
		if directory == filepath.Dir(directory) {
			break
		}
	}
	return nil
}

func flagsOf(text []byte) []string {
	var read project
	// The engine has read the file before, and has told what is wrong with it.
	_ = yaml.Unmarshal(text, &read)
	var flags []string
	for _, name := range known {
		if value, ok := read.Runtime.Options[name]; ok {
			flags = append(flags, fmt.Sprintf("-%s=%v", name, value))
		}
	}
	return flags
}
