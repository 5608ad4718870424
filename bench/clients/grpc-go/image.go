package main

import (
	"fmt"
	"math/rand"
	"time"

	"github.com/containerd/containerd/api/types"

	images "github.com/containerd/containerd/api/services/images/v1"
)

// An image as a program uses it, without the types of protobuf, as containerd's own client makes it.
type image struct {
	Name      string
	Labels    map[string]string
	Target    descriptor
	CreatedAt time.Time
	UpdatedAt time.Time
}

type descriptor struct {
	MediaType   string
	Digest      string
	Size        int64
	Annotations map[string]string
}

func plain(stored *images.Image) image {
	target := stored.Target
	return image{
		Name:      stored.Name,
		Labels:    stored.Labels,
		Target:    descriptor{target.MediaType, target.Digest, target.Size, target.Annotations},
		CreatedAt: stored.CreatedAt.AsTime(),
		UpdatedAt: stored.UpdatedAt.AsTime(),
	}
}

// The name of a record, as in records.ts.
func nameOf(index int) string {
	return fmt.Sprintf("registry.example.com/team-%d/service-%06d:v1.%d", index%23, index, index%7)
}

// A record of the same size as those of records.ts.
func record(index int, series string) *images.Image {
	random := rand.New(rand.NewSource(int64(index)))
	return &images.Image{
		Name: fmt.Sprintf("%s-%s-%d", nameOf(index%names), series, index),
		Labels: map[string]string{
			"containerd.io/distribution.source.registry.example.com": fmt.Sprintf("team-%d/service", index%23),
			"io.cri-containerd.image":                                "managed",
			"org.opencontainers.image.revision":                      hex(random, 40),
			"env":                                                    []string{"dev", "staging", "prod"}[index%3],
			"owner":                                                  fmt.Sprintf("team-%d@example.com", index%23),
			"build":                                                  fmt.Sprint(100_000 + index),
		},
		Target: &types.Descriptor{
			MediaType: "application/vnd.oci.image.index.v1+json",
			Digest:    "sha256:" + hex(random, 64),
			Size:      int64(1_000 + index),
		},
	}
}

func hex(random *rand.Rand, digits int) string {
	text := make([]byte, digits)
	for index := range text {
		text[index] = "0123456789abcdef"[random.Intn(16)]
	}
	return string(text)
}
