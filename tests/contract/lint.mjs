/** Lints the OpenAPI document with Redocly's rules, offline: prints what is wrong, and fails if anything is. */

import { createConfig, formatProblems, lint } from '@redocly/openapi-core';

import { DOCUMENT_FILE } from './document.mjs';

const config = await createConfig({
  extends: ['recommended-strict'],
  rules: {
    /* What extensions (x-…) refer to counts as unused there; tests/contract/checker.test.mjs looks for it. */
    'no-unused-components': 'off',
  },
});
const problems = await lint({ ref: DOCUMENT_FILE, config });
if (problems.length > 0) {
  formatProblems(problems, { format: 'stylish', totals: { errors: problems.length, warnings: 0, ignored: 0 }, version: '' });
  process.exitCode = 1;
}
