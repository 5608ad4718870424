import { Application, Converter } from "typedoc";

/** What the reference site needs beyond the options in typedoc.json. */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, guide) => nameByHeading(guide, app.logger));
  app.on(Application.EVENT_BOOTSTRAP_END, () => app.options.setValue("markdownItLoader", wrapTables)); // after its reset
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

/** Puts each table into an element that scrolls: a table itself cannot, and would widen the page. */
function wrapTables({ renderer }) {
  renderer.rules.table_open = () => '<div class="table"><table>';
  renderer.rules.table_close = () => "</table></div>";
}
