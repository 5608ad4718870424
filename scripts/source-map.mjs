// Reads and writes the `mappings` of source maps: https://tc39.es/ecma426/#sec-mappings

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** A source map, which contains no sources itself, without those that `isKept` rejects: their code then has no source. */
export function keepSources(map, isKept) {
  const kept = map.sources.filter(isKept);
  const mappings = encode(decode(map.mappings).map((line) => withoutRepeats(line.map(moved))));
  return { ...map, sources: kept, mappings };

  function moved([column, source, ...rest]) {
    const index = kept.indexOf(map.sources[source]);
    return index < 0 ? [column] : [column, index, ...rest];
  }
}

// One segment without a source is enough for all that follow it.
function withoutRepeats(line) {
  return line.filter((segment, index) => segment.length > 1 || line[index - 1]?.length !== 1);
}

/** Lines of segments: `[column]`, or `[column, source, sourceLine, sourceColumn]` and perhaps a name. */
function decode(mappings) {
  const before = [0, 0, 0, 0, 0];
  return mappings.split(";").map((line) => {
    before[0] = 0;
    return line === "" ? [] : line.split(",").map((segment) => numbersOf(segment).map(sum));
  });

  function sum(difference, field) {
    before[field] += difference;
    return before[field];
  }
}

function encode(lines) {
  const before = [0, 0, 0, 0, 0];
  return lines
    .map((line) => {
      before[0] = 0;
      return line.map((segment) => segment.map(difference).map(digitsOf).join("")).join(",");
    })
    .join(";");

  function difference(value, field) {
    const result = value - before[field];
    before[field] = value;
    return result;
  }
}

// Five bits per digit, the lowest first; bit 32 says that another digit follows. The lowest bit of all is the sign.
function numbersOf(segment) {
  const numbers = [];
  let value = 0;
  let shift = 0;
  for (const character of segment) {
    const digit = DIGITS.indexOf(character);
    value += (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    value = shift = 0;
  }
  return numbers;
}

function digitsOf(number) {
  let rest = number < 0 ? (-number << 1) | 1 : number << 1;
  let digits = "";
  do {
    digits += DIGITS[(rest & 31) | (rest > 31 ? 32 : 0)];
    rest >>= 5;
  } while (rest > 0);
  return digits;
}
