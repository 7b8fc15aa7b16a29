/**
 * In place of zod's English: what comes from outside is refused by an error of ours, which says of
 * what kind it was. in: an issue. out: always the same.
 */

const english = () => ({ localeError: () => 'invalid' })

export { english as default }
