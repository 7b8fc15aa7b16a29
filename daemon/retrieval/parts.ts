/**
 * A block put together from what several sources sent.
 * in: consecutive parts. out: the whole; and, once the truth is known, who lied. Pure.
 */

/** Bytes of a block that one source sent, where the part before it ends. */
export interface Part<S> {
  readonly source: S
  readonly bytes: Uint8Array
}

export function lengthOf (parts: ReadonlyArray<Part<unknown>>): number {
  return parts.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)
}

/** One part is the whole as it is, not copied. */
export function joined (parts: ReadonlyArray<Part<unknown>>): Uint8Array {
  const [only] = parts
  if (only != null && parts.length === 1) {
    return only.bytes
  }
  const whole = new Uint8Array(lengthOf(parts))
  let at = 0
  for (const { bytes } of parts) {
    whole.set(bytes, at)
    at += bytes.byteLength
  }
  return whole
}

/** Those whose part is not what stands at its place in the block. */
export function liars<S> (parts: ReadonlyArray<Part<S>>, block: Uint8Array): S[] {
  let at = 0
  return parts.filter(({ bytes }, i) => {
    const from = at
    at += bytes.byteLength
    const isCut = i === parts.length - 1 && at !== block.byteLength
    return isCut || bytes.some((byte, j) => byte !== block[from + j])
  }).map(({ source }) => source)
}
