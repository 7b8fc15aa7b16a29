import { expect } from 'chai'
import { loadConfig } from '../../daemon/config.ts'
import { UploadLimits } from '../../daemon/upload-limits.ts'
import { sampleLimits } from './sample-limits.ts'

describe('daemon/upload-limits', () => {
  it('begins with the settings', () => {
    const flags = {
      role: 'peer', 'upload.rate': '3MB/s', 'upload.peers': '2MB/s', 'upload.edges': '8Mbit/s',
      'upload.perPeer': '500kB/s', 'upload.lan': 'exempt', 'upload.metered': 'on'
    }
    const limits = new UploadLimits(loadConfig({ flags, env: {} }).config.upload)
    expect(limits.report()).to.deep.equal({
      uploadBytesPerSecond: 3e6,
      peersBytesPerSecond: 2e6,
      edgesBytesPerSecond: 1e6,
      perPeerBytesPerSecond: 5e5,
      parallel: 16,
      lan: 'exempt',
      metered: true
    })
    expect(limits).to.deep.include({ uploadBytesPerSecond: 3e6, isLanExempt: true })
  })

  it('changes what it is told, reads values as settings are read, and says so', () => {
    const limits = sampleLimits({ rate: 5, perPeer: 7 })
    let changes = 0
    limits.events.addEventListener('change', () => { changes++ })
    const report = limits.change({ rate: '2MB/s', parallel: 8, metered: true, lan: 'exempt' })
    expect(report).to.deep.equal(limits.report())
    expect(limits).to.include({
      uploadBytesPerSecond: 2e6, perPeerBytesPerSecond: 7, parallelTransfers: 8, isMetered: true,
      isLanExempt: true
    })
    expect(limits.change({ rate: 'unlimited', parallel: '3' })).to.include({
      uploadBytesPerSecond: 0, parallel: 3
    })
    expect(changes).to.equal(2)
  })

  it('changes nothing when anything is wrong, and names all of it', () => {
    const limits = sampleLimits()
    const wrong = { rate: '2', parallel: 0, burst: '1MB', lan: 'exempt' }
    expect(() => { limits.change(wrong) }).to.throw()
      .with.property('message').that.matches(/"burst".*\nrate: "2" is not a rate.*\nparallel: 0/)
    expect(() => { limits.change({ rate: '2' }) }).to.throw()
      .with.property('name', 'InvalidArgumentError')
    expect(limits.report()).to.include({ lan: 'counted', uploadBytesPerSecond: 0 })
  })
})
