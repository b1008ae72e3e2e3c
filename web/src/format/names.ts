/** The first eight digits of a commit. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 8)
}

/** The first twelve digits of a digest, without its algorithm. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12)
}
