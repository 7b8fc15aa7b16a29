import { expect } from 'chai'
import { mpd, openManifest } from '../../../protocols/content/index.ts'
import { goldenTitle, refusal, sampleTitle, titleOf } from './titles.ts'

const golden = await goldenTitle()

describe('protocols/content/dash', () => {
  it('lists sound and picture over the files HLS serves', async () => {
    const manifest = await openManifest(golden.id, golden.load)
    expect(await mpd(manifest)).to.equal(`<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011"
  type="static" mediaPresentationDuration="PT200.106660S" minBufferTime="PT2S">
<ProgramInformation><Title>Sample</Title></ProgramInformation>
<BaseURL>../../hls/${golden.id}/</BaseURL>
<Period id="0" start="PT0S">
<AdaptationSet contentType="audio" mimeType="audio/mp4" startWithSAP="1">
<Representation id="128k" bandwidth="140000"
  codecs="mp4a.40.2">
<SegmentTemplate timescale="1000000" startNumber="0"
  initialization="$RepresentationID$/init.mp4"
  media="$RepresentationID$/$Number$.m4s">
<SegmentTimeline><S t="0" d="10005333" r="19"/></SegmentTimeline>
</SegmentTemplate>
</Representation>
</AdaptationSet>
<AdaptationSet contentType="video" mimeType="video/mp4" startWithSAP="1">
<Representation id="360p" bandwidth="800000" width="640" height="360"
  codecs="avc1.64001e,mp4a.40.2">
<SegmentTemplate timescale="1000000" startNumber="0"
  initialization="$RepresentationID$/init.mp4"
  media="$RepresentationID$/$Number$.m4s">
<SegmentTimeline><S t="0" d="4000000"/><S d="4001000"/><S d="4002000"/></SegmentTimeline>
</SegmentTemplate>
</Representation>
</AdaptationSet>
</Period>
</MPD>
`)
  })

  it('has no adaptation set without renditions', async () => {
    const { id, load } = await sampleTitle(1)
    expect(await mpd(await openManifest(id, load))).to.not.contain('contentType="video"')
  })

  it('writes a title so that it stays text', async () => {
    const manifest = await openManifest(golden.id, golden.load)
    const root = { ...manifest.root, title: '<A> & "B"' }
    const { id, index, blocks } = manifest
    const text = await mpd({ id, root, index: index.bind(manifest), blocks: blocks.bind(manifest) })
    expect(text).to.contain('<Title>&#60;A&#62; &#38; &#34;B&#34;</Title>')
  })

  it('refuses a title of no fMP4', async () => {
    const [rendition] = golden.root.renditions
    const segments = [{ durationMs: 1, size: 600, cid: rendition!.init!.cid }]
    const ts = { name: 'ts', bandwidth: 1, codecs: 'mp4a.40.2', segments }
    const { id, load } = await titleOf([ts])
    const manifest = await openManifest(id, load)
    expect(await refusal(() => mpd(manifest))).to.equal('InvalidArgumentError')
  })
})
