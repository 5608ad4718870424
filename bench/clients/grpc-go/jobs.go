package main

import (
	"errors"
	"fmt"
	"os"
	"sort"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	images "github.com/containerd/containerd/api/services/images/v1"
)

// Records that gets ask for.
const names = 1_000

func (c *client) run(wanted job) (figures, error) {
	switch wanted.Kind {
	case "check":
		return nil, c.check(wanted.Method)
	case "get":
		return calls(wanted, func(index int) error { _, err := c.get(nameOf(index % names)); return err })
	case "create":
		records := records(wanted)
		return calls(wanted, func(index int) error { _, err := c.create(records[index]); return err })
	case "latency":
		return c.latency(wanted)
	case "list":
		wanted.InFlight = 1
		return calls(wanted, func(int) error { _, err := c.list(); return err })
	case "heap":
		return c.heap()
	case "memory":
		return memory()
	}
	return nil, fmt.Errorf("%s is not measured in Go", wanted.Kind)
}

// Fails unless a response has the fields of a record.
func (c *client) check(method string) error {
	found, err := c.first(method)
	if err != nil {
		return err
	}
	if found.Name != nameOf(0) || len(found.Labels) != 6 || found.Target.Size != 1_000 || found.CreatedAt.Year() < 2_026 {
		return fmt.Errorf("this is not record 0: %+v", found)
	}
	return nil
}

func (c *client) first(method string) (image, error) {
	if method == "get" {
		return c.get(nameOf(0))
	}
	list, err := c.list()
	for _, each := range list {
		if each.Name == nameOf(0) {
			return each, err
		}
	}
	return image{}, errors.Join(err, errors.New("the list lacks record 0"))
}

// Many calls: CPU and time per call.
func calls(wanted job, call func(index int) error) (figures, error) {
	var next atomic.Int64
	var failure atomic.Value
	var lanes sync.WaitGroup
	cpu, started := cpuUs(), time.Now()
	for lane := 0; lane < wanted.InFlight; lane++ {
		lanes.Add(1)
		go func() {
			defer lanes.Done()
			for index := int(next.Add(1)) - 1; index < wanted.Count; index = int(next.Add(1)) - 1 {
				if err := call(index); err != nil {
					failure.Store(err)
				}
			}
		}()
	}
	lanes.Wait()
	count := float64(wanted.Count)
	err, _ := failure.Load().(error)
	return figures{"cpuUs": (cpuUs() - cpu) / count, "wallUs": micros(time.Since(started)) / count}, err
}

// Gets at a fixed rate; the latency of each counts from the time when it is due. See measure-latency.ts.
func (c *client) latency(wanted job) (figures, error) {
	latencies := make([]float64, wanted.Count)
	failures := make([]error, wanted.Count)
	var all sync.WaitGroup
	started := time.Now()
	for index := range latencies {
		due := started.Add(time.Duration(index) * time.Second / time.Duration(wanted.PerSecond))
		sleepUntil(due)
		all.Add(1)
		go func(index int) {
			defer all.Done()
			_, failures[index] = c.get(nameOf(0))
			latencies[index] = micros(time.Since(due))
		}(index)
	}
	all.Wait()
	sort.Float64s(latencies)
	percentile := func(share float64) float64 { return latencies[int(float64(wanted.Count)*share)] }
	return figures{"p50Us": percentile(0.5), "p99Us": percentile(0.99)}, errors.Join(failures...)
}

// Sleeps in the system, because time.Sleep is up to a millisecond late when the program waits for the network.
func sleepUntil(due time.Time) {
	for rest := time.Until(due); rest > 0; rest = time.Until(due) {
		pause := syscall.NsecToTimespec(rest.Nanoseconds())
		_ = syscall.Nanosleep(&pause, nil) // a signal may interrupt it
	}
}

func records(wanted job) (list []*images.Image) {
	for index := 0; index < wanted.Count; index++ {
		list = append(list, record(index, wanted.Series))
	}
	return list
}

func cpuUs() float64 {
	usage := usage()
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1_000
}

func usage() (usage syscall.Rusage) {
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return usage
}

func micros(duration time.Duration) float64 {
	return float64(duration.Nanoseconds()) / 1_000
}

// Memory of this process, now and at its highest.
func memory() (figures, error) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return nil, err
	}
	var total, resident float64
	if _, err := fmt.Sscan(string(text), &total, &resident); err != nil {
		return nil, err
	}
	return figures{
		"rssBytes":  resident * float64(os.Getpagesize()),
		"peakBytes": float64(usage().Maxrss) * 1_024,
	}, nil
}
