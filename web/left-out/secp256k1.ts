/**
 * In place of `@noble/curves/secp256k1.js`: keys of nodes and publishers are Ed25519 here.
 * in: a key of another kind. out: it is refused.
 */

const refuse = (): never => {
  throw new Error('keys here are Ed25519: pages were built without secp256k1')
}

export const secp256k1 = {
  Point: { fromBytes: refuse },
  getPublicKey: refuse,
  sign: refuse,
  verify: refuse,
  utils: { randomSecretKey: refuse }
}
