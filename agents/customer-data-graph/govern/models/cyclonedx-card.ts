/**
 * The model card as a CycloneDX 1.7 bill of materials with one component, so that tools for software supply chains read it. Every
 * number comes from the card; the document is a function of it.
 * @see https://cyclonedx.org/docs/1.7/json/, modelCard
 */
import type { Digest } from '../../../../skills/sdk/index.ts';
import { considerations } from './considerations.ts';
import type { Measured, ModelCard, ModelEvaluation, ModelMetrics } from './model-interface.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** @param card digest of the card that this is written from */
export function cyclonedxCard(source: ModelCard, card: Digest): Json {
  const { model_id: id, merchant, inputs, evaluation } = source;
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.7',
    // Of the card, so that the same card gives the same document.
    serialNumber: `urn:uuid:${uuidOf(card)}`,
    version: 1,
    metadata: {
      timestamp: source.timestamp,
      tools: { components: [{ type: 'application', name: 'cohortium', version: source.libraries['cohortium'] ?? '' }] },
    },
    components: [
      {
        type: 'machine-learning-model',
        'bom-ref': id,
        name: id,
        version: source.timestamp,
        description: `Net spend of a customer in the ${source.pred_months} months after a cut-off, in minor units of ${source.currency}`,
        hashes: [{ alg: 'SHA-256', content: source.artefact }],
        modelCard: {
          'bom-ref': `${id}#card`,
          modelParameters: {
            approach: { type: 'supervised' },
            task: 'regression',
            architectureFamily: 'gradient-boosted decision trees',
            modelArchitecture: 'cohortium/boosting, histogram splits, with BG/NBD and Gamma-Gamma expectations as features',
            datasets: [
              {
                type: 'dataset',
                'bom-ref': `${id}#data`,
                name: `customers with a purchase in the ${source.history_months} months up to ${source.training_cutoff}`,
                description: `${source.customers} customers, ${source.buyers} of whom spent something in the ${source.pred_months} months after`,
                classification: 'personal data, pseudonymous',
                sensitiveData: ['purchase behaviour of identified customers'],
                contents: {
                  properties: [
                    { name: 'cohortium:data-digest', value: inputs.data.digest },
                    ...inputs.earlier.map(({ cutoff, data }) => ({ name: `cohortium:data-digest:${cutoff}`, value: data.digest })),
                    { name: 'cohortium:snapshot-digest', value: inputs.snapshot.digest },
                  ],
                },
                governance: { owners: [{ organization: { name: merchant } }] },
              },
            ],
            inputs: source.features.names.map((name) => ({ format: name })),
            outputs: [{ format: `expected net spend, minor units of ${source.currency}` }],
          },
          quantitativeAnalysis: {
            performanceMetrics: [
              ...metricsOf(evaluation.all, undefined),
              ...calibrationMetrics(evaluation),
              ...evaluation.slices.flatMap(({ axis, value, metrics }) => metricsOf(metrics, `${axis}: ${value}`)),
            ],
          },
          considerations,
          properties: [
            { name: 'cohortium:card-digest', value: card },
            { name: 'cohortium:training-cutoff', value: source.training_cutoff },
            { name: 'cohortium:history-months', value: String(source.history_months) },
            { name: 'cohortium:pred-months', value: String(source.pred_months) },
            { name: 'cohortium:hyperparameters', value: JSON.stringify(source.hyperparameters) },
            { name: 'cohortium:feature-spec-digest', value: source.features.digest },
            { name: 'cohortium:learnt-origins', value: String(source.learnt_origins) },
            { name: 'cohortium:seed', value: source.seed },
            { name: 'cohortium:code-commit', value: source.code_commit ?? 'none' },
            ...Object.entries(source.libraries).map(([name, version]) => ({ name: `cohortium:library:${name}`, value: version })),
          ],
        },
      },
    ],
  };
}

function metricsOf(metrics: ModelMetrics, slice: string | undefined): Json[] {
  const named = { rmse: metrics.rmse, r2: metrics.r2, mae: metrics.mae, 'normalised-gini': metrics.gini, bias: metrics.bias };
  return Object.entries(named).flatMap(([type, measured]) => metric(type, measured, slice));
}

function metric(type: string, measured: Measured | null, slice: string | undefined): Json[] {
  if (measured === null) return [];
  const confidenceInterval = { lowerBound: String(measured.low), upperBound: String(measured.high) };
  return [{ type, value: String(measured.value), ...(slice === undefined ? {} : { slice }), confidenceInterval }];
}

function calibrationMetrics({ calibration, origins }: ModelEvaluation): Json[] {
  const sums = [
    { measured: calibration.observedOverExpected, slice: undefined },
    ...origins.map(({ predictedAt, observedOverExpected }) => ({ measured: observedOverExpected, slice: `origin: ${predictedAt}` })),
  ];
  return [
    ...sums.flatMap(({ measured, slice }) => metric('observed-over-expected', measured, slice)),
    { type: 'mean-poisson-deviance', value: String(calibration.poissonDeviance) },
    ...calibration.lift.flatMap(({ lift }, tenth) =>
      lift === null ? [] : [{ type: 'lift', value: String(lift), slice: `prediction: tenth ${tenth + 1} of 10, highest first` }],
    ),
  ];
}

/** A UUID of the first bytes of a digest, version 8 as RFC 9562 has it for such. */
function uuidOf(digest: string): string {
  const variant = ((Number.parseInt(digest.slice(16, 17), 16) & 3) | 8).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-');
}
