import { Converter } from "typedoc";

/**
 * A plugin of typedoc: calls each guide by its first heading, not by its file.
 *
 * Typedoc would take the title from front matter, but GitHub shows that as a table above the guide.
 */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, guide) => {
    const text = guide.content.map((part) => part.text).join("");
    const [, title] = /^# (.+)$/m.exec(text) ?? [];
    if (title === undefined) app.logger.error(`the guide ${guide.name} has no heading`);
    else guide.name = title;
  });
}
