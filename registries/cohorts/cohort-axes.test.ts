import { describe, expect, it } from 'vitest';

import { formatDiagnostic } from '../../skills/sdk/index.ts';
import { defaultCohortAxes, readCohortAxes } from './cohort-axes.ts';

describe('the declaration of cohort axes', () => {
  it('turns the axes that are not named off', () => {
    const { config } = readCohortAxes('axes: [location, tenure, rfm]\nrfm: { quantiles: 4 }\n', 'axes.yaml');
    expect(config?.rfmQuantiles).toBe(4);
    expect(config?.dormantAxes).toHaveLength(8);
    expect(config?.dormantAxes).not.toContain('rfm');
  });

  it.each(['', '# nothing yet\n', '{}\n'])('takes %j as the defaults', (text) => {
    expect(readCohortAxes(text, 'axes.yaml')).toEqual({ config: defaultCohortAxes, diagnostics: [] });
  });

  it('names every fault with its place', () => {
    const { config, diagnostics } = readCohortAxes('axes: [location, weather]\nrfm:\n  quantiles: 40\nedges: [1]\n', 'axes.yaml');
    expect(config).toBeUndefined();
    const lines = diagnostics.map(formatDiagnostic);
    expect(lines).toHaveLength(3);
    expect(lines.join('\n')).toMatch(/axes\.yaml:1:\d+: .*weather[\s\S]*axes\.yaml:3:3: .*40[\s\S]*unknown key 'edges'/);
  });
});
