/** The RPCs of the Images service. */
type ImagesRpc = "get" | "list" | "create" | "update" | "delete";

/** A unary RPC of the daemon: its name and where it is sent. */
export interface Method {
  /** The name in lower case, as errors and traces show it. */
  readonly name: ImagesRpc | "version" | "namespaces" | "server" | "publish";
  /** The `:path` of its HTTP/2 request. */
  readonly path: string;
}

const IMAGES = "/containerd.services.images.v1.Images";

export const GET = { name: "get", path: `${IMAGES}/Get` } as const satisfies Method;
export const LIST = { name: "list", path: `${IMAGES}/List` } as const satisfies Method;
export const CREATE = { name: "create", path: `${IMAGES}/Create` } as const satisfies Method;
export const UPDATE = { name: "update", path: `${IMAGES}/Update` } as const satisfies Method;
export const DELETE = { name: "delete", path: `${IMAGES}/Delete` } as const satisfies Method;
export const VERSION = {
  name: "version",
  path: "/containerd.services.version.v1.Version/Version",
} as const satisfies Method;
export const NAMESPACES = {
  name: "namespaces",
  path: "/containerd.services.namespaces.v1.Namespaces/List",
} as const satisfies Method;

export const SERVER = {
  name: "server",
  path: "/containerd.services.introspection.v1.Introspection/Server",
} as const satisfies Method;
export const PUBLISH = {
  name: "publish",
  path: "/containerd.services.events.v1.Events/Publish",
} as const satisfies Method;

/** The methods of the Images service, by the name that the service gives them. */
export const IMAGES_METHODS = {
  Get: GET,
  List: LIST,
  Create: CREATE,
  Update: UPDATE,
  Delete: DELETE,
} as const satisfies Record<Capitalize<ImagesRpc>, Method>;
