/** The sign of each state of a replica: a word, an icon and a tone of colour, never colour alone. */

const SIGNS = {
  active: { word: 'Active', icon: 'active', tone: 'good' },
  behind: { word: 'Behind', icon: 'behind', tone: 'warning' },
  stopped: { word: 'Stopped', icon: 'stopped', tone: 'danger' },
  unreachable: { word: 'Replica unreachable', icon: 'unreachable', tone: 'danger' },
  disabled: { word: 'Not configured', icon: 'disabled', tone: 'muted' },
  unknown: { word: 'Status not known', icon: 'unknown', tone: 'warning' },
  checking: { word: 'Checking…', icon: 'unknown', tone: 'muted' },
};

/**
 * @param {import('./replica-api.js').State|'unknown'|'checking'} state
 * @returns {{word: string, icon: string, tone: 'good'|'warning'|'danger'|'muted'}}
 */
export function signOf(state) {
  return SIGNS[state] ?? { ...SIGNS.unknown, word: state };
}
