import { z } from "zod";

const labels = z.record(z.string(), z.string());
const metadata = z.strictObject({ name: z.string(), namespace: z.string().optional(), labels: labels.optional() });
const quantities = z.strictObject({ cpu: z.string().optional(), memory: z.string().regex(/^\d+Mi$/) });
const env = z.strictObject({
  name: z.string().regex(/^[A-Z_]+$/),
  value: z.string().optional(),
  valueFrom: z.strictObject({ fieldRef: z.strictObject({ fieldPath: z.literal("spec.nodeName") }) }).optional(),
});

const container = z.strictObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()),
  env: z.array(env),
  resources: z.strictObject({ requests: quantities, limits: quantities }),
  securityContext: z.strictObject({
    runAsUser: z.int(),
    allowPrivilegeEscalation: z.boolean(),
    readOnlyRootFilesystem: z.boolean(),
    capabilities: z.strictObject({ drop: z.array(z.literal("ALL")) }),
    seccompProfile: z.strictObject({ type: z.enum(["RuntimeDefault", "Localhost", "Unconfined"]) }),
  }),
  volumeMounts: z.array(
    z.strictObject({ name: z.string(), mountPath: z.string().startsWith("/"), readOnly: z.boolean() }),
  ),
});

const hostPath = z.strictObject({ path: z.string().startsWith("/"), type: z.enum(["Directory", "DirectoryOrCreate"]) });
const podSpec = z.strictObject({
  automountServiceAccountToken: z.boolean(),
  enableServiceLinks: z.boolean(),
  priorityClassName: z.string(),
  nodeSelector: labels,
  tolerations: z.array(z.strictObject({ operator: z.enum(["Exists", "Equal"]) })),
  containers: z.tuple([container]),
  volumes: z.array(z.strictObject({ name: z.string(), hostPath })),
});

/** The part of Kubernetes' PriorityClass that our manifest uses. */
const PriorityClass = z.strictObject({
  apiVersion: z.literal("scheduling.k8s.io/v1"),
  kind: z.literal("PriorityClass"),
  metadata,
  value: z.int().max(1_000_000_000), // what is above is Kubernetes' own
  preemptionPolicy: z.enum(["Never", "PreemptLowerPriority"]),
});

/** The part of Kubernetes' DaemonSet that our manifest uses. */
const DaemonSet = z.strictObject({
  apiVersion: z.literal("apps/v1"),
  kind: z.literal("DaemonSet"),
  metadata,
  spec: z.strictObject({
    selector: z.strictObject({ matchLabels: labels }),
    updateStrategy: z.strictObject({ rollingUpdate: z.strictObject({ maxUnavailable: z.string().regex(/^\d+%$/) }) }),
    template: z.strictObject({ metadata: z.strictObject({ labels }), spec: podSpec }),
  }),
});

/** What examples/daemonset.yaml has to be: any other field, kind or value is an error. */
export const Manifest = z.tuple([PriorityClass, DaemonSet]);
