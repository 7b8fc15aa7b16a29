import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { expect } from 'chai'
import { KeyFileError } from '../../protocols/errors.ts'
import { loadOrCreateKey } from '../../protocols/identity.ts'

async function refusal (path: string): Promise<Error> {
  return await loadOrCreateKey(path).then(
    () => { throw new Error('the key was accepted') },
    (error: Error) => error
  )
}

describe('protocols/identity', () => {
  let folder: string
  let path: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cdnd-identity-'))
    path = join(folder, 'sub', 'node.key')
  })

  afterEach(async () => {
    await rm(folder, { recursive: true })
  })

  it('makes an Ed25519 key once and gives the same one again', async () => {
    const made = await loadOrCreateKey(path)
    const again = await loadOrCreateKey(path)
    expect(made.type).to.equal('Ed25519')
    expect(again.equals(made)).to.equal(true)
  })

  it('writes a file that only its owner can read, and nothing beside it', async () => {
    await loadOrCreateKey(path)
    expect((await stat(path)).mode & 0o777).to.equal(0o600)
    expect(await readdir(join(folder, 'sub'))).to.deep.equal(['node.key'])
  })

  it('gives every caller one key when several start at once', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => loadOrCreateKey(path)))
    for (const key of keys) {
      expect(key.equals(keys[0])).to.equal(true)
    }
  })

  it('refuses a file that other users can read and says how to close it', async () => {
    await loadOrCreateKey(path)
    await chmod(path, 0o640)
    const error = await refusal(path)
    expect(error).to.be.instanceOf(KeyFileError)
    expect(error.message).to.include(`chmod 600 ${path}`)
  })

  it('refuses a damaged file and leaves it as it is', async () => {
    await loadOrCreateKey(path)
    const damaged = (await readFile(path)).subarray(0, 40)
    await writeFile(path, damaged)
    const error = await refusal(path)
    expect(error.name).to.equal('KeyFileError')
    expect(error.message).to.include('damaged')
    expect(await readFile(path)).to.deep.equal(damaged)
  })

  it('refuses an empty file, a huge one and a key of another type', async () => {
    await loadOrCreateKey(path)
    await writeFile(path, '')
    expect((await refusal(path)).name).to.equal('KeyFileError')
    await writeFile(path, new Uint8Array(2048))
    expect((await refusal(path)).message).to.include('2048 bytes')
    await writeFile(path, privateKeyToProtobuf(await generateKeyPair('secp256k1')))
    expect((await refusal(path)).message).to.include('Ed25519')
  })

  it('says that the folder is not writable', async () => {
    await writeFile(join(folder, 'file'), '')
    expect((await refusal(join(folder, 'file', 'node.key'))).name).to.equal('KeyFileError')
  })
})
