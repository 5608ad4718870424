// The same worker as worker.ts, with grpc-go: it does the jobs that it reads, one line of JSON for each, and writes a
// line with the result of each.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"time"

	images "github.com/containerd/containerd/api/services/images/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

type job struct {
	Kind      string `json:"kind"`
	Method    string `json:"method"`
	Count     int    `json:"count"`
	InFlight  int    `json:"inFlight"`
	Series    string `json:"series"`
	PerSecond int    `json:"perSecond"`
}

type order struct {
	Job job `json:"job"`
}

type figures map[string]float64

type reply struct {
	Figures figures `json:"figures,omitempty"`
	Error   string  `json:"error,omitempty"`
}

func main() {
	if os.Args[1] == "--version" {
		fmt.Printf("grpc-go %s (%s)\n", grpc.Version, runtime.Version())
		return
	}
	client, err := open(os.Args[1], os.Args[2])
	if err != nil {
		panic(err)
	}
	fmt.Println(`{"figures":{}}`)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		write(answer(client, lines.Bytes()))
	}
}

func answer(client *client, line []byte) reply {
	var wanted order
	if err := json.Unmarshal(line, &wanted); err != nil {
		return reply{Error: err.Error()}
	}
	result, err := client.run(wanted.Job)
	if err != nil {
		return reply{Error: err.Error()}
	}
	return reply{Figures: result}
}

func write(result reply) {
	if result.Error == "" && len(result.Figures) == 0 {
		fmt.Println(`{"figures":{}}`)
		return
	}
	text, err := json.Marshal(result)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}

// A client with its namespace.
type client struct {
	images    images.ImagesClient
	namespace string
}

func open(socketPath, namespace string) (*client, error) {
	noLimit := grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(1 << 30))
	credentials := grpc.WithTransportCredentials(insecure.NewCredentials())
	connection, err := grpc.Dial("unix://"+socketPath, credentials, noLimit)
	if err != nil {
		return nil, err
	}
	return &client{images.NewImagesClient(connection), namespace}, nil
}

// The library sets a deadline for every call, so the other clients do it too.
func (c *client) context() (context.Context, context.CancelFunc) {
	ctx := metadata.AppendToOutgoingContext(context.Background(), "containerd-namespace", c.namespace)
	return context.WithTimeout(ctx, time.Minute)
}

func (c *client) get(name string) (image, error) {
	ctx, cancel := c.context()
	defer cancel()
	response, err := c.images.Get(ctx, &images.GetImageRequest{Name: name})
	if err != nil {
		return image{}, err
	}
	return plain(response.Image), nil
}

func (c *client) create(record *images.Image) (image, error) {
	ctx, cancel := c.context()
	defer cancel()
	response, err := c.images.Create(ctx, &images.CreateImageRequest{Image: record})
	if err != nil {
		return image{}, err
	}
	return plain(response.Image), nil
}

func (c *client) list() ([]image, error) {
	ctx, cancel := c.context()
	defer cancel()
	response, err := c.images.List(ctx, &images.ListImagesRequest{})
	if err != nil {
		return nil, err
	}
	list := make([]image, len(response.Images))
	for index, each := range response.Images {
		list[index] = plain(each)
	}
	return list, nil
}
