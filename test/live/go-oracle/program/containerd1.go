//go:build !containerd2

package main

import "github.com/containerd/containerd/filters"

type adaptor = filters.AdapterFunc

var parseAll = filters.ParseAll
