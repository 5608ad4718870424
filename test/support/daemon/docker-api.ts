import { request } from "node:http";
import { text } from "node:stream/consumers";
import { tar } from "../oci/tar.js";

/** What Docker shows of an image in its list. */
export interface DockerImage {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
}

/** What a container of Docker is doing. */
export interface ContainerState {
  readonly Running: boolean;
  readonly ExitCode: number;
}

/** A request that Docker has rejected, with its own words. */
export class DockerError extends Error {
  override readonly name = "DockerError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Docker Engine's HTTP API on a Unix socket: the requests that the `docker` command makes, one method for each. */
export class DockerApi {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  async ping(): Promise<void> {
    await this.#call("GET", "/_ping");
  }

  /** The driver type in `docker info`. */
  async driverType(): Promise<string | undefined> {
    const { DriverStatus } = JSON.parse(await this.#call("GET", "/info")) as {
      readonly DriverStatus: [string, string][];
    };
    return new Map(DriverStatus).get("driver-type");
  }

  /** `docker load` */
  async load(layout: Buffer): Promise<void> {
    await this.#call("POST", "/images/load", layout);
  }

  /** `docker import - NAME`, of the files of a root file system. */
  async import(name: string, files: Buffer): Promise<void> {
    const [repo, tag] = splitTag(name);
    await this.#call("POST", `/images/create?${new URLSearchParams({ fromSrc: "-", repo, tag })}`, files);
  }

  /** `docker pull`. As the command does, it sends either a tag or a digest: a digest wins. */
  async pull(reference: string): Promise<void> {
    const [tagged = "", digest] = reference.split("@");
    const [fromImage, tag] = splitTag(tagged);
    await this.#call("POST", `/images/create?${new URLSearchParams({ fromImage, tag: digest ?? tag })}`);
  }

  /** `DOCKER_BUILDKIT=0 docker build --tag NAME` of an image that adds one file to another image. */
  async build(name: string, content: string, from = "scratch"): Promise<void> {
    const context = tar({ Dockerfile: `FROM ${from}\nCOPY file /file\n`, file: content });
    await this.#call("POST", `/build?${new URLSearchParams({ version: "1", t: name })}`, context);
  }

  /** `docker tag` */
  async tag(source: string, target: string): Promise<void> {
    const [repo, tag] = splitTag(target);
    await this.#call("POST", `/images/${source}/tag?${new URLSearchParams({ repo, tag })}`);
  }

  /** `docker rmi` */
  async removeImage(name: string): Promise<void> {
    await this.#call("DELETE", `/images/${name}`);
  }

  /** `docker image prune`: images without a name, in Docker's sense. */
  async prune(): Promise<void> {
    await this.#call("POST", "/images/prune");
  }

  /** `docker images` */
  async listImages(): Promise<readonly DockerImage[]> {
    return JSON.parse(await this.#call("GET", "/images/json")) as readonly DockerImage[]; // Docker's own type
  }

  /** `docker image inspect`; throws a `DockerError` with the status 404 when Docker does not find the image. */
  async inspectImage(name: string): Promise<DockerImage> {
    return JSON.parse(await this.#call("GET", `/images/${name}/json`)) as DockerImage; // Docker's own type
  }

  /** `docker create --network none`; gives the container's id. */
  async createContainer(image: string): Promise<string> {
    const body = json({ Image: image, HostConfig: { NetworkMode: "none" } });
    return (JSON.parse(await this.#call("POST", "/containers/create", body)) as { readonly Id: string }).Id;
  }

  /** `docker start` */
  async startContainer(id: string): Promise<void> {
    await this.#call("POST", `/containers/${id}/start`);
  }

  /** `docker restart --time 0` */
  async restartContainer(id: string): Promise<void> {
    await this.#call("POST", `/containers/${id}/restart?t=0`);
  }

  /** `docker wait`; gives the exit code. */
  async waitForContainer(id: string): Promise<number> {
    const result = await this.#call("POST", `/containers/${id}/wait`);
    return (JSON.parse(result) as { readonly StatusCode: number }).StatusCode;
  }

  async containerState(id: string): Promise<ContainerState> {
    return (JSON.parse(await this.#call("GET", `/containers/${id}/json`)) as { readonly State: ContainerState }).State;
  }

  /** `docker inspect --format '{{.Image}}'` */
  async imageOf(id: string): Promise<string> {
    return (JSON.parse(await this.#call("GET", `/containers/${id}/json`)) as { readonly Image: string }).Image;
  }

  /** `docker commit` */
  async commit(id: string, name: string): Promise<void> {
    const [repo, tag] = splitTag(name);
    await this.#call("POST", `/commit?${new URLSearchParams({ container: id, repo, tag })}`, json({}));
  }

  /** `docker rm --force` */
  async removeContainer(id: string): Promise<void> {
    await this.#call("DELETE", `/containers/${id}?force=1`);
  }

  /** `docker rm --force` of every container. */
  async removeAllContainers(): Promise<void> {
    const all = JSON.parse(await this.#call("GET", "/containers/json?all=1")) as readonly { readonly Id: string }[];
    await Promise.all(all.map(({ Id }) => this.removeContainer(Id)));
  }

  async #call(method: string, path: string, body?: Buffer): Promise<string> {
    const { status, content } = await this.#exchange(method, path, body);
    const failure = status < 400 ? lastError(content) : messageOf(content);
    if (failure !== undefined) throw new DockerError(status, failure);
    return content;
  }

  #exchange(method: string, path: string, body: Buffer | undefined): Promise<{ status: number; content: string }> {
    const type =
      path.startsWith("/containers") || path.startsWith("/commit") ? "application/json" : "application/x-tar";
    const headers = body === undefined ? {} : { "content-type": type, "content-length": body.length };
    return new Promise((resolve, reject) => {
      const sent = request({ socketPath: this.#socketPath, method, path, headers, agent: false }, (response) => {
        const status = response.statusCode ?? 0;
        text(response).then((content) => resolve({ status, content }), reject);
      });
      sent.on("error", reject).end(body);
    });
  }
}

// What takes long reports its progress in lines of JSON; the status is 200 even if the work fails later.
function lastError(content: string): string | undefined {
  return /^\{"errorDetail":.*"error":"([^"]*)"\}/m.exec(content)?.[1];
}

function messageOf(content: string): string {
  return (JSON.parse(content) as { readonly message: string }).message;
}

function splitTag(name: string): readonly [string, string] {
  const colon = name.lastIndexOf(":");
  return [name.slice(0, colon), name.slice(colon + 1)];
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
