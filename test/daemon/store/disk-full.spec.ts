import { expect } from 'chai'
import { asDiskFull } from '../../../daemon/store/disk-full.ts'
import { DiskFullError } from '../../../protocols/errors.ts'

describe('daemon/store/disk-full', () => {
  const full = [
    Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }),
    Object.assign(new Error('over quota'), { code: 'EDQUOT' }),
    new Error('IO error: /x/000003.log: No space left on device'),
    new Error('batch failed', { cause: Object.assign(new Error(), { code: 'ENOSPC' }) })
  ]
  for (const err of full) {
    it(`knows "${err.message}" for a full disk and names the folder`, () => {
      expect(asDiskFull(err, '/x')).to.be.instanceOf(DiskFullError)
        .with.property('message').include('/x')
    })
  }

  it('leaves other failures as they are', () => {
    const told = asDiskFull(full[0], '/x')
    for (const err of [new Error('EIO'), 'text', undefined, told]) {
      expect(asDiskFull(err, '/')).to.equal(err)
    }
  })
})
