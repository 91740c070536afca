// sdk - npm's SDK and qami are asked the same, and answer the same: sdk SCRIPT
//
// @aws-sdk/client-ec2 has today's models, so that members count both ways: one
// that qami prints and the SDK does not know the name of on the wire is wrong
// as well. SCRIPT is lines of "Action {parameters} qami's words".
'use strict';
const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const ec2 = require('@aws-sdk/client-ec2');

const client = new ec2.EC2Client({ endpoint: process.env.AWS_ENDPOINT_URL });
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$/;

// One form for what both know: times in milliseconds, no members without value.
function plain(value) {
	if (value instanceof Date)
		return `time ${value.getTime()}`;
	if (typeof value === 'string' && time.test(value))
		return `time ${new Date(value).getTime()}`;
	if (Array.isArray(value))
		return value.map(plain);
	if (value === null || typeof value !== 'object')
		return value;
	return Object.fromEntries(Object.entries(value)
		.filter(([name, inner]) => inner !== undefined &&
			name !== '$metadata')
		.map(([name, inner]) => [name, plain(inner)]));
}

function* differences(theirs, ours, path) {
	if (theirs === ours)
		return;
	const inner = value => value !== null && typeof value === 'object';
	if (!inner(theirs) || !inner(ours) ||
	    Array.isArray(theirs) !== Array.isArray(ours)) {
		yield `${path}: ${JSON.stringify(theirs)} by the SDK, ` +
			`${JSON.stringify(ours)} by qami`;
		return;
	}
	for (const name of new Set([...Object.keys(theirs),
				    ...Object.keys(ours)]))
		yield* differences(theirs[name], ours[name], `${path}.${name}`);
}

async function main() {
	let bad = 0;
	const lines = readFileSync(process.argv[2], 'utf8').trim().split('\n');
	for (const line of lines) {
		const [, action, json, words] =
			/^(\w+) (\{.*?\}) (\S.*)$/.exec(line);
		const theirs = await client.send(
			new ec2[`${action}Command`](JSON.parse(json)));
		const ours = execFileSync('qami',
			[...words.split(' '), '--output', 'json']);
		for (const difference of differences(plain(theirs),
				plain(JSON.parse(ours)), '')) {
			console.error(`${action}${difference}`);
			bad++;
		}
	}
	console.log(`${lines.length} answers compared`);
	process.exit(bad ? 1 : 0);
}

main();
