'use strict'

// Parsed by whatever Node the machine has: keep to the oldest syntax.

/** The least Node that can do the set-up. The workspace then runs on a Node of its own. */
var LEAST_MAJOR = 20

/**
 * Why this machine's Node cannot do the set-up, or nothing when it can.
 * @param {string} version such as `20.19.0`
 * @returns {string | undefined}
 */
function whyNot(version) {
  if (Number(version.split('.')[0]) >= LEAST_MAJOR) return undefined
  return 'inmesh: setting up needs Node.js ' + LEAST_MAJOR + ' or newer with npm, and this is ' + version +
    '. Install a current one from https://nodejs.org and run the same command again.'
}

module.exports = { whyNot: whyNot }
