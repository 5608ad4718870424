//go:build containerd2

package main

import "github.com/containerd/containerd/v2/pkg/filters"

type adaptor = filters.AdapterFunc

var parseAll = filters.ParseAll
