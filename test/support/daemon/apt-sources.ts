/** One entry of apt's source lists, in either of its two forms. */
export interface AptSource {
  readonly types: readonly string[];
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Keyring path, fingerprint or a whole key block, as written; apt's own keyrings when absent. */
  readonly signedBy?: string | undefined;
}

/** Where Debian's packages come from on this machine. */
export interface DebianArchive {
  readonly uri: string;
  readonly signedBy?: string | undefined;
}

// Security, updates and backports have names of their own, so a whole name is enough to leave them out.
const debianSuites = new Set(
  "oldoldstable oldstable stable testing unstable sid bullseye bookworm trixie forky duke".split(" "),
);

/** Reads one-line sources (`deb [signed-by=…] uri suite component…`), the format of `*.list` files. */
export function parseListFile(text: string): AptSource[] {
  return text.split("\n").flatMap((line) => parseListLine(line.replace(/#.*/, "").trim()));
}

function parseListLine(line: string): AptSource[] {
  const match = /^(deb|deb-src)\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*(.*)$/.exec(line);
  if (match === null) return [];
  const [, type = "", options = "", uri = "", suite = "", components = ""] = match;
  const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
  return [{ types: [type], uris: [uri], suites: [suite], components: words(components), signedBy }];
}

/** Reads deb822 sources, the format of `*.sources` files. Disabled entries are left out. */
export function parseSourcesFile(text: string): AptSource[] {
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  return lines
    .join("\n")
    .split(/\n[ \t]*\n/)
    .map(parseFields)
    .filter((fields) => fields.has("types") && !isNo(fields.get("enabled")))
    .map((fields) => ({
      types: words(fields.get("types")),
      uris: words(fields.get("uris")),
      suites: words(fields.get("suites")),
      components: words(fields.get("components")),
      signedBy: fields.get("signed-by"),
    }));
}

function parseFields(stanza: string): Map<string, string> {
  const fields = stanza.split(/\n(?![ \t])/).map((field) => /^([^:\s]+):(.*)$/s.exec(field));
  return new Map(fields.flatMap((match) => (match ? [[(match[1] ?? "").toLowerCase(), (match[2] ?? "").trim()]] : [])));
}

/**
 * The entry for Debian's main archive, or `undefined` when the sources name none.
 *
 * An address that ends in `/debian` wins over others, since third parties also use Debian's suite names.
 */
export function findDebianArchive(sources: readonly AptSource[]): DebianArchive | undefined {
  const candidates = sources
    .filter(isDebianMain)
    .flatMap(({ uris, signedBy }) => uris.map((uri) => ({ uri, signedBy })));
  return candidates.find(({ uri }) => /\/debian\/?$/.test(uri)) ?? candidates[0];
}

function isDebianMain({ types, suites, components }: AptSource): boolean {
  return types.includes("deb") && components.includes("main") && suites.some((suite) => debianSuites.has(suite));
}

/** Writes a source for other suites of the same archive, in deb822 form. */
export function formatSources(
  { uri, signedBy }: DebianArchive,
  suites: readonly string[],
  architecture: string,
): string {
  const fields = ["Types: deb", `URIs: ${uri}`, `Suites: ${suites.join(" ")}`, "Components: main"];
  fields.push(`Architectures: ${architecture}`);
  if (signedBy !== undefined) fields.push(`Signed-By: ${signedBy}`);
  return `${fields.join("\n")}\n`;
}

function words(text = ""): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

function isNo(text: string | undefined): boolean {
  return text !== undefined && /^(no|false|without|off|disable|0)$/i.test(text);
}
