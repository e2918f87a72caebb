// Prints the test vectors of the package cctv-age, whose module is the argument, as JSON:
// [{ name, fields: [[key, value], …], file: base64 }, …].
import { inflateSync } from "node:zlib";

const read = ([name, bytes]) => {
  const all = Buffer.from(bytes);
  const end = all.indexOf("\n\n");
  const lines = all.subarray(0, end).toString().split("\n");
  const fields = lines.map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]);
  const file = all.subarray(end + 2);
  const isCompressed = fields.some(([key, value]) => key === "compressed" && value === "zlib");
  return { name, fields, file: (isCompressed ? inflateSync(file) : file).toString("base64") };
};

const vectors = await import(process.argv[2]);
console.log(JSON.stringify(Object.entries(vectors).map(read)));
