import { Application, Converter, ReferenceReflection, ReflectionKind } from "typedoc";

/** What the reference site needs beyond the options in typedoc.json. */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, guide) => nameByHeading(guide, app.logger));
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => linkNames(project));
  // Not before: TypeDoc resets the options until then.
  app.on(Application.EVENT_BOOTSTRAP_END, () => app.options.setValue("markdownItLoader", wrapTables));
}

/**
 * Calls a guide by its first heading, not by its file.
 *
 * Typedoc would take the title from front matter, but GitHub shows that as a table above the guide.
 */
function nameByHeading(guide, logger) {
  const text = guide.content.map((part) => part.text).join("");
  const [, title] = /^# (.+)$/m.exec(text) ?? [];
  if (title === undefined) logger.error(`the guide ${guide.name} has no heading`);
  else guide.name = title;
}

/**
 * Links the public names that the README and the guides write as code to their pages.
 *
 * The Markdown cannot do that: GitHub, where it is read too, does not have these pages.
 */
function linkNames(project) {
  const names = publicNames(project);
  const link = (part, index, parts) => {
    const target = part.kind === "code" ? names.get(part.text.slice(1, -1)) : undefined;
    if (target === undefined || parts[index - 1]?.text.endsWith("[")) return part; // the text of a link stays as it is
    return { kind: "inline-tag", tag: "@linkcode", text: target.name, target };
  };
  project.readme = project.readme?.map(link);
  for (const guide of project.documents ?? []) guide.content = guide.content.map(link);
}

/**
 * What the entry points export, and the methods of the client. Where two have the same name, the first one counts.
 *
 * Generated names, and those for tests, are words such as `Call`, which the guides also use for something else.
 */
function publicNames(project) {
  const modules = project
    .getChildrenByKind(ReflectionKind.Module)
    .filter(({ name }) => !/\/(?:raw|testing)$/.test(name));
  const client = project.getChildByName(["containerd-images", "ImagesClient"]);
  const all = [...modules, client].flatMap(({ children = [] }) => children);
  const targets = all.map((one) => (one instanceof ReferenceReflection ? one.getTargetReflectionDeep() : one));
  return new Map(targets.reverse().map((target) => [target.name, target]));
}

/** Puts each table into an element that scrolls: a table itself cannot, and would widen the page. */
function wrapTables({ renderer }) {
  renderer.rules.table_open = () => '<div class="table"><table>';
  renderer.rules.table_close = () => "</table></div>";
}
