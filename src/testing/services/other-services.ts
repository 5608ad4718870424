import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { Events } from "../../../gen/containerd/services/events/v1/events_pb.js";
import {
  Introspection,
  ServerResponseSchema,
} from "../../../gen/containerd/services/introspection/v1/introspection_pb.js";
import {
  ListNamespacesResponseSchema,
  Namespaces,
} from "../../../gen/containerd/services/namespaces/v1/namespace_pb.js";
import { Version, VersionResponseSchema } from "../../../gen/containerd/services/version/v1/version_pb.js";
import { isAtLeast } from "../../util/version.js";
import type { Profile } from "../profile.js";
import { Disconnect } from "../status.js";
import { checkNamespace, checkTopic } from "../store/checks.js";
import type { Store } from "../store/store.js";
import type { EventHub } from "./event-hub.js";
import { eventFilter } from "./filtering.js";
import { type Rpc, serverStream, unary } from "./rpc.js";

/**
 * The methods of other services that clients of Images use: the version, the namespaces, the events, and the identity
 * of the server for `ctr`.
 */
export function otherServices(store: Store, events: EventHub, profile: Profile): Rpc[] {
  const isOld = !isAtLeast(profile.serverVersion, [1, 7]);
  const identity = { uuid: randomUUID(), pid: isOld ? 0n : BigInt(process.pid) }; // 1.6 does not tell it
  return [
    unary("version", Version.method.version, () =>
      create(VersionResponseSchema, { version: profile.serverVersion, revision: "in-memory" }),
    ),

    unary("namespaces", Namespaces.method.list, () =>
      create(ListNamespacesResponseSchema, { namespaces: store.namespaces().map((name) => ({ name })) }),
    ),

    unary("deleteNamespace", Namespaces.method.delete, ({ name }) => {
      store.deleteNamespace(name);
      events.namespaceDeleted(name);
      return create(EmptySchema);
    }),

    unary("server", Introspection.method.server, () => create(ServerResponseSchema, identity)),

    unary("publish", Events.method.publish, ({ topic, event }, context) => {
      const namespace = checkNamespace(context.namespace, "failed publishing event: ");
      checkTopic(topic);
      if (isOld && event === undefined) throw new Disconnect("daemon");
      events.published(namespace, topic, event);
      return create(EmptySchema);
    }),

    serverStream("subscribe", Events.method.subscribe, ({ filters }, { signal }) =>
      events.subscribe(eventFilter(filters, profile), signal),
    ),
  ];
}
