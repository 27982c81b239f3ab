package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// peers is the module that measures the index and the cache beside bbolt, SQLite and casbin.
const peers = "storage/index/benchmarks"

// box measures the targets of the box daemon, part after part: two that ran at once would measure each other.
func box(ctx context.Context, log io.Writer) ([]Figure, error) {
	var list []Figure
	for _, part := range []func(context.Context, io.Writer) ([]Figure, error){lookup, journal, panel} {
		l, err := part(ctx, log)
		if err != nil {
			return nil, err
		}
		list = append(list, l...)
	}
	return list, nil
}

// lookup is targets 1 to 5, 8 and 9, as the peers' module measures them.
func lookup(ctx context.Context, log io.Writer) ([]Figure, error) {
	dir, err := os.MkdirTemp("", "figures")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	out := filepath.Join(dir, "index.json")
	cmd := exec.CommandContext(ctx, "go", "run", ".", "-out", out) //nolint:gosec // the program is this repository's own
	cmd.Dir, cmd.Stdout, cmd.Stderr = peers, log, log
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w", peers, err)
	}
	return read(out)
}

// journal is targets 6, 7 and 12.
func journal(ctx context.Context, log io.Writer) ([]Figure, error) {
	r, err := bench(ctx, log, "./storage/journal", "^Benchmark(AppendVersusRaw|AppendCost)$", "5000x")
	if err != nil {
		return nil, err
	}
	raw, cost := r["AppendVersusRaw"], r["AppendCost"]
	list := []Figure{
		atMost("box-6", "durable append against a raw O_DSYNC write, p50", raw["ratio-to-dsync-p50"], "×", 1.2),
		seen("box-6-direct", "the same against O_DIRECT|O_DSYNC, p50", raw["ratio-to-direct-dsync-p50"], "×"),
		seen("box-6-p50", "durable append, p50", raw["journal-p50-ns"]/1e3, "µs"),
		seen("box-6-p99", "durable append, p99", raw["journal-p99-ns"]/1e3, "µs"),
		atMost("box-6-flushes", "flushes an event", cost["flushes/event"], "", 1.01),
	}
	if os.Getuid() == 0 {
		r, err := bench(ctx, log, "./storage/journal", "^BenchmarkDeviceBytes$", "3000x")
		if err != nil {
			return nil, err
		}
		if b, ok := r["DeviceBytes"]["device-bytes/event"]; ok {
			list = append(list, atMost("box-7", "bytes reaching the device an event, counted at the block device", b, "B", 4600))
		}
	}
	r, err = bench(ctx, log, "./storage/journal", "^BenchmarkRestart$", "20x")
	if err != nil {
		return nil, err
	}
	return append(list,
		atMost("box-12", "restart with 1,000,000 events that the cloud has, against an empty journal, p50", r["Restart"]["sent-ratio-to-empty-p50"], "×", 1.5),
		atMost("box-12-unsent", "restart with 1,000,000 events that the cloud does not have, the same", r["Restart"]["ratio-to-empty-p50"], "×", 1.5),
		seen("box-12-ms", "restart with 1,000,000 events, p50", r["Restart"]["million-p50-ns"]/1e6, "ms"),
	), nil
}

// panel is what a person waits for.
func panel(ctx context.Context, log io.Writer) ([]Figure, error) {
	r, err := bench(ctx, log, "./cmd/smartboxd/daemon", "^Benchmark(PressToLock|StartToReady)$", "60x")
	if err != nil {
		return nil, err
	}
	return []Figure{
		seen("box-panel-p50", "key press to the lock's bus write, p50, with a real flush", r["PressToLock"]["p50-ms"], "ms"),
		atMost("box-panel-p99", "key press to the lock's bus write, p99, with a real flush", r["PressToLock"]["p99-ms"], "ms", 5),
		seen("box-start", "start to ready, p50", r["StartToReady"]["p50-ms"], "ms"),
	}, nil
}
