import type { ClassItem } from "./token.js";

/** The series of containerd, as Debian builds them with Go 1.19, 1.24 and 1.27, which have Unicode 13, 15 and 17. */
export const series = ["1.6", "1.7", "2.1"] as const;
export type Series = (typeof series)[number];

/** Scripts of Unicode 17. The engine has Unicode 16, where none of their characters is used yet. */
const unused = "Beria_Erfe Sidetic Tai_Yo Tolong_Siki";
/** The classes that the second series knows and the first does not, and those that only the third knows. */
const since1 = "Cypro_Minoan Kawi Nag_Mundari Old_Uyghur Tangsa Toto Vithkuqi";
const since2 = `LC Cn Assigned Ascii Garay Gurung_Khema Kirat_Rai Ol_Onal Sunuwar Todhri Tulu_Tigalari ${unused}`;
/** The categories by their other names, of which a final `_` is short for the name of the first letter's category. */
const aliases = `C=Other Cc=Control Cc=Cntrl Cf=Format Cn=Unassigned Co=Privateuse Cs=Surrogate L=Letter LC=LC LC=Cased_ \
Ll=Lowercase_ Lm=Modifier_ Lo=Other_ Lt=Titlecase_ Lu=Uppercase_ M=Mark M=Combining_ Mc=Spacing_ Me=Enclosing_ \
Mn=Nonspacing_ N=Number Nd=Decimal_ Nd=Digit Nl=Letter_ No=Other_ P=Punctuation P=Punct Pc=Connector_ Pd=Dash_ \
Pe=Close_ Pf=Final_ Pi=Initial_ Po=Other_ Ps=Open_ S=Symbol Sc=Currency_ Sk=Modifier_ Sm=Math_ So=Other_ Z=Separator \
Zl=Line_ Zp=Paragraph_ Zs=Space_ SignWriting=Signwriting =Unknown`;
const categories = new Map(
  Array.from(aliases.matchAll(/(?:^| )(\w*)=(\w+)/g), ([, name = "", alias = ""]) => [
    lettersOf(inFull(name, alias)),
    name,
  ]),
);
/** The words of the names of scripts that another word follows. */
const words =
  /anatolian|bassa|beria|canadian|caucasian|cin|cypro|dives|egyptian|gunjala|gurung|hanifi|imperial|inscriptional|kayah|khitan|kirat|linear|masaram|meetei|mende|meroitic|nag(?=m)|new(?=t)|north|nyiakeng|old?|pahawh|pau|phags|psalter|puachue|small|sora|south|syloti|tai|tolong|tulu|warang|zanabazar/gy;

function inFull(name: string, alias: string): string {
  const [long = ""] = new RegExp(`(?<=\\b${name.charAt(0)}=)\\w+`).exec(aliases) ?? [];
  return alias.replace(/_$/, long);
}

function lettersOf(name: string): string {
  return name.replace(/[ _-]/g, "").toLowerCase();
}

function nameOf(letters: string): string {
  return letters.replace(words, "$&_").replace(/(?:^|_)./g, (first) => first.toUpperCase());
}

function isIn(names: string, name: string): boolean {
  return names.split(" ").includes(name);
}

/** Reads `\pL`, `\P{Greek}`, `\p{^lower case letter}`. Whether there is such a class is left to the engine. */
export function propertyOf(text: string): ClassItem {
  const [, sign, not, written = ""] = /^\\(.)\{?(\^?)([^}]*)/s.exec(text) ?? [];
  const letters = /^[\w -]*$/.test(written) ? lettersOf(written) : "";
  const name = categories.get(letters) ?? nameOf(letters);
  const isUnused = isIn(unused, name);
  const isNegated = ((sign === "P") !== (not !== "")) !== isUnused;
  const since = isIn(since2, name) || written !== name ? 2 : Number(isIn(since1, name));
  return { text: `\\${isNegated ? "P" : "p"}{${isUnused ? "Any" : name}}`, since };
}
