package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
)

// results are the metrics of benchmarks: name without the "Benchmark" and the "-2" of the processors, then unit.
type results map[string]map[string]float64

// bench runs the benchmarks of one package that match, and reads their metrics. What the tests print goes to log.
func bench(ctx context.Context, log io.Writer, pkg, match, benchtime string) (results, error) {
	args := []string{"test", "-run", "^$", "-bench", match, "-benchtime", benchtime, "-benchmem", "-timeout", "20m", pkg}
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // the arguments are those of the table
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&out, log), log
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return parse(&out)
}

// parse reads lines such as "BenchmarkAppend/raw-2  100  9123 ns/op  4096 B/event".
func parse(r io.Reader) (results, error) {
	res := results{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(f[0], "Benchmark")
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			if _, err := strconv.Atoi(name[i+1:]); err == nil {
				name = name[:i]
			}
		}
		m := map[string]float64{}
		for i := 2; i+1 < len(f); i += 2 {
			v, err := strconv.ParseFloat(f[i], 64)
			if err != nil {
				return nil, fmt.Errorf("%s: %q is no number", f[0], f[i])
			}
			m[f[i+1]] = v
		}
		res[name] = m
	}
	return res, lines.Err()
}
