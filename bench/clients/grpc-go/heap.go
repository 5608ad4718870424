package main

import "runtime"

// Bytes per record that a list takes while its caller keeps it.
func (c *client) heap() (figures, error) {
	if _, err := c.list(); err != nil {
		return nil, err
	}
	before := liveBytes()
	list, err := c.list()
	if err != nil {
		return nil, err
	}
	bytes := liveBytes() - before
	runtime.KeepAlive(list)
	return figures{"keptBytes": bytes / float64(len(list))}, nil
}

func liveBytes() float64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc)
}
