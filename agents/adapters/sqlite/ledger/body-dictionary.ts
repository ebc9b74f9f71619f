/**
 * What bodies have in common, for the compressor; the commonest at the end. Whoever changes a byte of it makes another format: add a
 * dictionary and a codec of its own, and keep this one to read what was written.
 */
import { sha256 } from './merkle.ts';

export const bodyDictionary = [
  '"facts":{"automation":"human-involved","balancingTest":true,"dwellings":false,"impactAssessment":true,',
  '"lawfulBasis":"legitimate-interests","marketingConsent":false,"marketingOptOut":false,"noticeAtCollection":true,',
  '"privacyNotice":true,"profilingConsent":false,"profilingOptOut":false,"profilingTechnology":true,',
  '"recordOfProcessing":true},"unknown":{"all":["adsOptOut","automatedDecisionNotice","country","explanationAvailable",',
  '"fairnessAudit","healthConsent","healthData","humanReviewOffered","residency","reviewOffered","specialCategoryBasis",',
  '"specialCategoryData"],"outcome":"counsel"',
  '{"fields":{"anchors":{"calibration":{"outcome":"pass","rules":[]},"fair-treatment":{"outcome":"pass","rules":[]},',
  '"governance":{"outcome":"pass","rules":[]},"privacy":{"outcome":"pass","rules":[{"citation":"","effect":"counsel",',
  '"id":"","regime":"us-"}]},"reporting":{"outcome":"pass","rules":[]}},"automation":{"admt":{"preUseNotice":null,',
  '"reach":"not-in-force","replacesPerson":null,"significantDecision":false,"verify":[]},"gdpr22":{',
  '"humanReviewOffered":null,"lawfulException":null,"reach":"no","significantEffect":"no","solelyAutomated":null,',
  '"verify":["how much of the decision is automated: nobody stated it"]},"humanInvolvement":null},"case":"",',
  '"customer":"kid","facts":{"ageBand":"adult","childDirected":false,"consumerReportData":false,"country":"US",',
  '"customerFacingClaim":false,"eceLowerBasisPoints":0,"eceUpperBasisPoints":300,"financialInstitution":false,"gpc":false,',
  '"languageModelCall":false,"liftReported":false,"parentalConsent":false,"residency":"US-CA","saleConsent":false,',
  '"saleOptOut":false,"saleOrShare":false,"sensitiveConsent":false,"sensitiveData":false,"soc2InScope":false,',
  '"stateLawsApply":true,"thirdParty":false},"handOff":{"allowed":true},"opinions":{',
  '"absent":"no other policy engine was asked"},"outcome":"pass","review":{"absent":"no person was asked"},"rules":[],',
  '"unknown":{"all":["claimSubstantiated","firmOffer","glbaException","glbaNotice","glbaOptOut","liftPreRegistered",',
  '"multiplicityCorrection","objectiveClaim","policyChangeApproved","promptIdentifiers","substantiatedBeforeClaim",',
  '"zeroRetentionEvidence"],"decisive":[]},"use":{"purpose":"analytics","sink":"score-store","subscriber":"score-store"},',
  '"zeroRetention":{"absent":"no language model was called with the value or about it"}},"seed":""}',
  '{"fields":{"axes":{"acquisition-source":"organic","brand":"","channel":"store","first-order-sku":"","location":"",',
  '"loyalty-tier":"bronze","rfm":"r3f2m2","seasonality":"too-few","subscription":"unknown","tenure":"365+",',
  '"vertical":"home"},"customer":"kid","definitions":{',
  '"absent":"computed by pipelines of cohort definitions; the membership registry holds them"}},"seed":""}',
  '{"fields":{"cache":{"absent":"no cache answers for this agent: lookups read the score store itself"},"calibration":{',
  '"cohort":"","raw":{"clvMinor":0,"expectedPurchases":0,"pAlive":0,"pPurchase":0,"spendPerPurchaseMinor":0}},"cohorts":{',
  '"acquisition-source":"organic","brand":"","channel":"store","first-order-sku":"","location":"","loyalty-tier":"bronze",',
  '"rfm":"r3f2m2","seasonality":"too-few","subscription":"unknown","tenure":"365+","vertical":"home"},"customer":"kid",',
  '"embedding":{"absent":"no embedding of the customer was computed in this run"},"explanation":{"base":0,"calibration":0,',
  '"groups":{"frequency":0,"monetary":0,"recency":0,"tenure":0},"method":"exact Shapley values over groups of features,',
  ' against typical customers of the run"},"feedback":{',
  '"absent":"the horizon is not over; what came true is a feedback record"},"grain":{"cells":[["","web","",0,0],["",',
  '"store","",0,0]],"elsewhere":0},"intervals":{"bayesian":{"highMinor":0,"level":0.9,"lowMinor":0},"bootstrap":{',
  '"absent":"no bootstrap per customer; bootstrap intervals of error and spend are in the recalibration record"},',
  '"frequentist":{"highMinor":0,"level":0.9,"lowMinor":0},"stated":{"highMinor":0,"level":0.9,"lowMinor":0}},"models":{',
  '"contributions":{"bg-nbd":0,"mbg-nbd":0,"pareto-nbd":0},"crossValidation":{"cohort":"","origins":2,"predictions":183},',
  '"tracker":{"absent":"no experiment tracker is configured; the run record holds what was fitted and how well"},',
  '"weights":{"bg-nbd":0,"mbg-nbd":0,"pareto-nbd":0}},"rfm":{"baskets":2,"cohort":"r3f2m2","firstDay":"2024-07-27",',
  '"lastDay":"2025-06-24","spendMinor":9386},"tier":"low","value":{"clvMinor":0,"currency":"EUR","expectedPurchases":0,',
  '"horizonDays":365,"pAlive":0,"pPurchase":0,"spendPerPurchaseMinor":0},"zeroRetention":{',
  '"absent":"no language model was called with the value or about it"}},"seed":""}',
].join('');

/** SHA-256, hex. */
export const bodyDictionaryDigest = sha256(Buffer.from(bodyDictionary)).toString('hex');
