import { decode, encode } from "@jridgewell/sourcemap-codec";

/**
 * A source map, which contains no sources itself, without those that `isKept` rejects: their code then has no source.
 */
export function keepSources(map, isKept) {
  const kept = map.sources.filter(isKept);
  const moved = ([column, source, ...rest]) => {
    const index = kept.indexOf(map.sources[source]);
    return index < 0 ? [column] : [column, index, ...rest];
  };
  return {
    ...map,
    sources: kept,
    mappings: encode(decode(map.mappings).map((line) => withoutRepeats(line.map(moved)))),
  };
}

// One segment without a source is enough for all that follow it.
function withoutRepeats(line) {
  return line.filter((segment, index) => segment.length > 1 || line[index - 1]?.length !== 1);
}
