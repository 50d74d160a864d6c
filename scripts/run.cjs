'use strict'

// The one way into every root script. It must parse on any Node that a machine may have, however old, so that what is
// missing is said in a sentence: hence CommonJS, and nothing newer than `import()` in this file.
var sayWhyNot = require('./bootstrap/requirements.cjs').whyNot

var problem = sayWhyNot(process.versions.node)
if (problem) {
  console.error(problem)
  process.exit(1)
}

import('./bootstrap/run.js').then(function (bootstrap) {
  return bootstrap.run(process.argv.slice(2))
}).catch(function (error) {
  // Only faults of the bootstrap itself arrive here; what users can cause has a sentence of its own.
  console.error(error)
  process.exit(1)
})
