/** The RPCs of the Images service. */
type ImagesRpc = "get" | "list" | "create" | "update" | "delete";

/** A unary RPC of the daemon: its name and where it is sent. */
export interface Method {
  /** The name in lower case, as errors and traces show it. */
  readonly name: ImagesRpc | "version" | "namespaces" | "server" | "publish";
  /** The `:path` of its HTTP/2 request. */
  readonly path: string;
}

export const GET = method("get", "images.v1.Images/Get");
export const LIST = method("list", "images.v1.Images/List");
export const CREATE = method("create", "images.v1.Images/Create");
export const UPDATE = method("update", "images.v1.Images/Update");
export const DELETE = method("delete", "images.v1.Images/Delete");
export const VERSION = method("version", "version.v1.Version/Version");
export const NAMESPACES = method("namespaces", "namespaces.v1.Namespaces/List");
export const SERVER = method("server", "introspection.v1.Introspection/Server");
export const PUBLISH = method("publish", "events.v1.Events/Publish");

function method(name: Method["name"], path: string): Method {
  return { name, path: `/containerd.services.${path}` };
}

/** The methods of the Images service, by the name that the service gives them. */
export const IMAGES_METHODS: Readonly<Record<Capitalize<ImagesRpc>, Method>> = {
  Get: GET,
  List: LIST,
  Create: CREATE,
  Update: UPDATE,
  Delete: DELETE,
};
