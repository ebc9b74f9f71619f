/**
 * What is wrong with a definition beyond its shape: parameters that its method does not take, columns that no window has, signals that
 * are none. Every fault with the path of the place, so that whoever reads definitions from files can point to it.
 */
import type { CohortDefinition, MethodId } from './definition.ts';
import { profileTexts, windowNumbers, windowTexts } from './feature-names.ts';
import { parameterSchemas } from './parameters.ts';

export interface DefinitionFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Methods that look at columns of numbers, which a definition may name. */
export const methodsWithFeatures: readonly MethodId[] = ['k-means', 'hierarchical', 'dbscan', 'gaussian-mixture', 'persona'];

/** @param signalTypes every type of signal that there is */
export function definitionFaults(definition: CohortDefinition, signalTypes: readonly string[]): DefinitionFault[] {
  return [
    ...parameterFaults(definition, signalTypes),
    ...featureFaults(definition, signalTypes),
    ...populationFaults(definition, signalTypes),
  ];
}

function parameterFaults({ method, parameters }: CohortDefinition, signalTypes: readonly string[]): DefinitionFault[] {
  const parsed = parameterSchemas[method].safeParse(parameters);
  if (parsed.success) {
    return namedSignals(parsed.data).flatMap(({ path, name }) =>
      signalTypes.includes(name)
        ? []
        : [{ path: ['parameters', ...path], message: `'${name}' is no type of signal; types are: ${signalTypes.join(', ')}` }],
    );
  }
  return parsed.error.issues.flatMap((issue): DefinitionFault[] => {
    const path = ['parameters', ...issue.path.filter((part) => typeof part !== 'symbol')];
    const known = `method '${method}' takes: ${Object.keys(parameterSchemas[method].shape).join(', ')}`;
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: path.length === 1 ? `unknown parameter '${key}'; ${known}` : `unknown key '${key}'`,
      }));
    }
    return [{ path, message: `${path.slice(1).join('.') || 'parameters'}: ${issue.message}` }];
  });
}

/** Where parameters name signals, and which. */
function namedSignals(
  parameters: Readonly<Record<string, unknown>>,
): { readonly path: readonly (string | number)[]; readonly name: string }[] {
  return Object.entries(parameters).flatMap(([key, value]) => {
    if (key === 'action' && typeof value === 'string') return [{ path: [key], name: value }];
    if (key === 'signals') return strings(value).map((name, at) => ({ path: [key, at], name }));
    if (key !== 'steps' && key !== 'exclusions') return [];
    const list = Array.isArray(value) ? (value as readonly { readonly events?: unknown }[]) : []; // by the method's schema
    return list.flatMap(({ events }, index) => strings(events).map((name, at) => ({ path: [key, index, 'events', at], name })));
  });
}

function featureFaults({ method, features }: CohortDefinition, signalTypes: readonly string[]): DefinitionFault[] {
  if (features.length > 0 && !methodsWithFeatures.includes(method)) {
    return [{ path: ['features'], message: `method '${method}' looks at no features; ${methodsWithFeatures.join(', ')} do` }];
  }
  const numbers: readonly string[] = [...windowNumbers, ...signalTypes];
  return features.flatMap((name, at) => {
    if (features.indexOf(name) < at) return [{ path: ['features', at], message: `'${name}' stands twice` }];
    return numbers.includes(name)
      ? []
      : [
          {
            path: ['features', at],
            message: `'${name}' is no column of numbers; there are: ${windowNumbers.join(', ')}, and one per type of signal`,
          },
        ];
  });
}

function populationFaults({ population }: CohortDefinition, signalTypes: readonly string[]): DefinitionFault[] {
  const texts: readonly string[] = [...windowTexts, ...profileTexts];
  const numbers: readonly string[] = [...windowNumbers, ...signalTypes];
  return population.flatMap(({ feature, op, value }, at): DefinitionFault[] => {
    const place = (key: string): (string | number)[] => ['population', at, key];
    if (!texts.includes(feature) && !numbers.includes(feature)) {
      return [
        {
          path: place('feature'),
          message: `'${feature}' is no column; there are: ${[...texts, ...windowNumbers].join(', ')}, and one per type of signal`,
        },
      ];
    }
    if (numbers.includes(feature) && typeof value !== 'number') {
      return [{ path: place('value'), message: `'${feature}' is a number; a number was expected to compare it with` }];
    }
    if (Array.isArray(value) !== (op === 'in')) {
      return [
        { path: place('op'), message: op === 'in' ? "'in' takes a list of names" : `'${op}' compares with one value; 'in' takes a list` },
      ];
    }
    return [];
  });
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
