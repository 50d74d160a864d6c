import '@inmesh/pipeline/node-version'

