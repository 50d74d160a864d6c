import '@inmesh/pipeline/node-version'
export {}
