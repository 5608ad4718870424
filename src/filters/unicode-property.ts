const categoryNames =
  "C:other Cc:control,cntrl Cf:format Cn:unassigned Co:privateuse Cs:surrogate L:letter Lc:casedletter " +
  "Ll:lowercaseletter Lm:modifierletter Lo:otherletter Lt:titlecaseletter Lu:uppercaseletter M:mark,combiningmark " +
  "Mc:spacingmark Me:enclosingmark Mn:nonspacingmark N:number Nd:decimalnumber,digit Nl:letternumber No:othernumber " +
  "P:punctuation,punct Pc:connectorpunctuation Pd:dashpunctuation Pe:closepunctuation Pf:finalpunctuation " +
  "Pi:initialpunctuation Po:otherpunctuation Ps:openpunctuation S:symbol Sc:currencysymbol Sk:modifiersymbol " +
  "Sm:mathsymbol So:othersymbol Z:separator Zl:lineseparator Zp:paragraphseparator Zs:spaceseparator " +
  "Any: Assigned: Ascii:";

const categories = new Map(categoryNames.split(" ").flatMap(namesOf));

function namesOf(entry: string): [string, string][] {
  const [name = "", words = ""] = entry.split(":");
  return [name.toLowerCase(), ...words.split(",").filter(Boolean)].map((word) => [word, name]);
}

const longestName = 40; // more than any has
const since125 = new Set(["Assigned", "Ascii", "Cn", "LC", "Lc"]);

/**
 * The exact name of a Unicode class such as `\p{uppercase letter}` (`\p{Lu}`); any other escape as it is.
 *
 * Go takes long names, any case, and `-`, `_` and spaces anywhere, since 1.25.
 */
export function canonicalProperty(property: string): string {
  const [, letter, negation = "", name] = /^\\([pP])(?:\{(\^?)(.*)\}|[a-z])$/su.exec(property) ?? [];
  if (letter === undefined) return property;
  return `\\${letter}{${negation}${canonicalName(name ?? property.slice(2))}}`;
}

function canonicalName(name: string): string {
  if (name.length > longestName) return name;
  const words = name.split(/[-_ ]+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase());
  return categories.get(words.join("").toLowerCase()) ?? [name, words.join("_")].find(isScript) ?? name;
}

function isScript(name: string): boolean {
  try {
    return new RegExp(`\\p{Script=${name}}`, "u").source !== "";
  } catch {
    return false;
  }
}

/** Whether only Go since 1.25 knows the Unicode class by this name; older ones, and so most daemons, are silent. */
export function isRecentProperty(property: string): boolean {
  if (!/^\\[pP]/.test(property)) return false;
  const name = /^\\.\{?\^?(.*?)\}?$/su.exec(property)?.[1] ?? "";
  return since125.has(name) || canonicalName(name) !== name;
}
