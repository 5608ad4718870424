package main

import "strings"

// An image record, as far as filters see it.
type image struct {
	Name        string
	Digest      string
	MediaType   string
	Labels      map[string]string
	Annotations map[string]string
}

// What containerd gives its filters for an image: no field is both there and empty.
func (i image) field(path []string) (string, bool) {
	value := i.value(path[0], path[1:])
	return value, value != ""
}

func (i image) value(field string, rest []string) string {
	switch field {
	case "name":
		return i.Name
	case "labels":
		return i.Labels[strings.Join(rest, ".")]
	case "annotations":
		return i.Annotations[strings.Join(rest, ".")]
	case "target":
		if len(rest) > 0 {
			return i.ofTarget(rest[0])
		}
	}
	return ""
}

func (i image) ofTarget(field string) string {
	switch field {
	case "digest":
		return i.Digest
	case "mediatype":
		return i.MediaType
	}
	return ""
}
