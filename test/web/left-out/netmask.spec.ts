import { expect } from 'chai'
import { Netmask as Original } from 'netmask'
import { Netmask } from '../../../web/left-out/netmask.ts'

const RANGES = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12',
  '192.0.0.0/24', '192.168.0.0/16', '198.18.0.0/15', '240.0.0.0/4', '255.255.255.255/32'
]
const IPS = [
  '0.1.2.3', '9.255.255.255', '10.0.0.1', '11.0.0.0', '100.63.255.255', '100.64.0.0',
  '100.127.255.255', '127.0.0.1', '169.254.7.7', '172.15.0.1', '172.31.255.255', '172.32.0.0',
  '192.0.0.255', '192.0.1.0', '192.168.1.1', '198.19.255.255', '198.20.0.0', '203.0.113.9',
  '240.0.0.1', '255.255.255.255'
]

describe('web/left-out/netmask', () => {
  it('says of IPv4 addresses what the original says', () => {
    for (const range of RANGES) {
      for (const ip of IPS) {
        expect(new Netmask(range).contains(ip), `${ip} in ${range}`)
          .to.equal(new Original(range).contains(ip))
      }
    }
  })

  const ipv6: Array<[string, string, boolean]> = [
    ['fc00::/7', 'fd12:3456::1', true], ['fc00::/7', 'fe80::1', false],
    ['fe80::/10', 'fe80::a:b', true], ['fe80::/10', '2001:db8::1', false],
    ['::1/128', '::1', true], ['::1/128', '::2', false], ['::/0', '2001:db8::', true],
    ['::ffff:0:0/96', '::ffff:10.1.2.3', true], ['::ffff:0:0/96', '10.1.2.3', false],
    ['0.0.0.0/8', '::10', false]
  ]
  for (const [range, ip, isIn] of ipv6) {
    it(`says that ${ip} is ${isIn ? '' : 'not '}in ${range}`, () => {
      expect(new Netmask(range).contains(ip)).to.equal(isIn)
    })
  }
})
