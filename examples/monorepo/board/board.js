export function board(title, ships) {
  const lines = [...ships].sort((a, b) => a.at.localeCompare(b.at)).map((s) => `${s.at}  ${s.name}`);
  return [title, ...lines, ""].join("\n");
}
