// Playwright sets media features for every page by a command that Firefox knows from version 155
// on only; before that it is answered as if it had been done.
const { Module } = require("node:module");
const compile = Module.prototype._compile;
Module.prototype._compile = function (source, file, ...rest) {
  const known = source.replaceAll('"emulation.setMediaFeaturesOverride"', '"session.status"');
  return compile.call(this, known, file, ...rest);
};
