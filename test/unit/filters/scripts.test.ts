import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compileRegexp } from "../../../src/filters/regexp/compile-regexp.js";

/** The scripts that the Go of each series knows and that of the one before does not. */
const scripts = {
  "1.6": `
    Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki
    Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee
    Chorasmian Common Coptic Cuneiform Cypriot Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan
    Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi
    Gurmukhi Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited
    Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kayah_Li Kharoshthi
    Khitan_Small_Script Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani
    Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui
    Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nandinagari New_Tai_Lue
    Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian Old_Permic
    Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau
    Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting
    Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet
    Takri Tamil Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Ugaritic Vai Wancho Warang_Citi Yezidi Yi
    Zanabazar_Square`,
  "1.7": `
    Cypro_Minoan Kawi Nag_Mundari Old_Uyghur Tangsa Toto Vithkuqi`,
  "2.1": `
    Beria_Erfe Garay Gurung_Khema Kirat_Rai Ol_Onal Sidetic Sunuwar Tai_Yo Todhri Tolong_Siki Tulu_Tigalari`,
};

/** The series that know no script that is new in the one. */
const OLDER = { "1.6": undefined, "1.7": ["1.6"], "2.1": ["1.6", "1.7"] } as const;

describe("the scripts of Unicode", () => {
  for (const series of ["1.6", "1.7", "2.1"] as const) {
    const names = scripts[series].trim().split(/\s+/);

    it(`those of containerd ${series} are known by their names`, () => {
      for (const name of names) assert.deepEqual(versionsOf(name), OLDER[series], name);
    });

    it(`those of containerd ${series} are known to the newest, however they are written`, () => {
      for (const name of names)
        for (const written of [name.toLowerCase(), `${name.toUpperCase().replaceAll("_", "")}-`])
          assert.deepEqual(versionsOf(written), ["1.6", "1.7"], written);
    });
  }
});

/** The series that cannot read a class, where some can. */
function versionsOf(name: string): readonly string[] | undefined {
  const { problem, versions } = compileRegexp(`\\p{${name}}`);
  assert.equal(problem === undefined, versions === undefined, problem);
  return versions;
}
