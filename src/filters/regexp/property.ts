import type { ClassItem, Series } from "./token.js";

/** Scripts of Unicode 17. The engine has Unicode 16, where none of their characters has a meaning yet. */
const EMPTY_SCRIPTS = /^(?:Beria_Erfe|Sidetic|Tai_Yo|Tolong_Siki)$/;

/** The scripts of Unicode 14 and 15. */
const UNKNOWN_TO_1_6 = /^(?:Cypro_Minoan|Kawi|Nag_Mundari|Old_Uyghur|Tangsa|Toto|Vithkuqi)$/;

/** The scripts of Unicode 16, and the classes that Go has since 1.25. */
const UNKNOWN_TO_1_7 = /^(?:Lc|Cn|Assigned|Ascii|Garay|Gurung_Khema|Kirat_Rai|Ol_Onal|Sunuwar|Todhri|Tulu_Tigalari)$/;

/**
 * The short names of long ones: of the general categories, by the last word of the long name and the word before it,
 * and of scripts that have another spelling. `Lu` is "uppercase letter", `L` is "letter", and `Cc` is "control".
 */
const SHORT_NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  letter: { "": "L", cased: "Lc", lowercase: "Ll", modifier: "Lm", other: "Lo", titlecase: "Lt", uppercase: "Lu" },
  mark: { "": "M", combining: "M", spacing: "Mc", enclosing: "Me", nonspacing: "Mn" },
  number: { "": "N", decimal: "Nd", letter: "Nl", other: "No" },
  punctuation: {
    ...{ "": "P", connector: "Pc", dash: "Pd", close: "Pe", final: "Pf" },
    ...{ initial: "Pi", other: "Po", open: "Ps" },
  },
  separator: { "": "Z", line: "Zl", paragraph: "Zp", space: "Zs" },
  symbol: { "": "S", currency: "Sc", modifier: "Sk", math: "Sm", other: "So" },
  "": {
    ...{ other: "C", control: "Cc", cntrl: "Cc", format: "Cf", unassigned: "Cn", privateuse: "Co", surrogate: "Cs" },
    ...{ digit: "Nd", punct: "P", signwriting: "SignWriting", unknown: "" }, // Go does not know the script "unknown"
  },
};

const SHORT_NAME_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(SHORT_NAMES).flatMap(([last, names]) =>
    Object.entries(names).map(([first, name]) => [first + last, name] as const),
  ),
);

/** The words in the names of scripts that another word follows, as in `Old_South_Arabian`. */
const FIRST_WORDS =
  /anatolian|bassa|beria|canadian|caucasian|cin|cypro|dives|egyptian|gunjala|gurung|hanifi|imperial|inscriptional|kayah|khitan|kirat|linear|masaram|meetei|mende|meroitic|^nag|new(?=t)|north|nyiakeng|old?|pahawh|pau|phags|psalter|puachue|small|sora|south|syloti|tai|tolong|tulu|warang|zanabazar/gy;

/** Reads `\pL`, `\P{Greek}` or `\p{^lower case letter}`. The engine decides later whether there is such a class. */
export function propertyOf(written: string): ClassItem {
  const [, sign, caret, given = ""] = /^\\(.)\{?(\^?)([^}]*)/.exec(written) ?? [];
  const name = nameOf(given);
  const isEmpty = EMPTY_SCRIPTS.test(name);
  const isNegated = ((sign === "P") !== (caret === "^")) !== isEmpty; // an empty class is what is not in `Any`
  return {
    text: `\\${isNegated ? "P" : "p"}{${isEmpty ? "Any" : name}}`,
    written,
    unknownTo: seriesWithout(name, isEmpty || given !== name),
  };
}

/** The name of a class as Unicode writes it, however case, spaces, `_` and `-` were written. */
function nameOf(given: string): string {
  if (!/^[\w -]*$/.test(given)) return "";
  const letters = given.replace(/[ _-]/g, "").toLowerCase();
  return (
    SHORT_NAME_OF.get(letters) ??
    letters.replace(FIRST_WORDS, "$&_").replace(/(?:^|_)./g, (first) => first.toUpperCase())
  );
}

function seriesWithout(name: string, isNew: boolean): readonly Series[] {
  if (isNew || UNKNOWN_TO_1_7.test(name)) return ["1.6", "1.7"];
  return UNKNOWN_TO_1_6.test(name) ? ["1.6"] : [];
}
