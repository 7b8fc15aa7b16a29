/**
 * In place of libp2p's RSA and ECDSA keys: keys of nodes and publishers are Ed25519 here.
 * in: a key of another kind. out: it is refused.
 */

const refuse = (): never => {
  throw new Error('keys here are Ed25519: pages were built without others')
}

export {
  refuse as decodeDer, refuse as generateECDSAKeyPair, refuse as generateRSAKeyPair,
  refuse as jwkToJWKKeyPair, refuse as jwkToPkcs1, refuse as jwkToPkix,
  refuse as jwkToRSAPrivateKey,
  refuse as pkcs1MessageToRSAPrivateKey, refuse as pkcs1ToRSAPrivateKey,
  refuse as pkiMessageToECDSAPrivateKey, refuse as pkiMessageToECDSAPublicKey,
  refuse as pkixMessageToRSAPublicKey, refuse as pkixToRSAPublicKey,
  refuse as privateKeyToPKIMessage, refuse as publicKeyToPKIMessage,
  refuse as unmarshalECDSAPrivateKey, refuse as unmarshalECDSAPublicKey
}
