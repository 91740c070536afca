// ebs - disks through EBS direct by @aws-sdk/client-ebs:
//	ebs put DISK [PARENT]	prints the snapshot it has become
//	ebs changed FIRST SECOND	prints the blocks in which they differ
//	ebs get SNAPSHOT DISK	writes its blocks where they belong
'use strict';
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const ebs = require('@aws-sdk/client-ebs');

const SIZE = 524288;
const GIB = 1073741824;
const client = new ebs.EBSClient({ endpoint: process.env.AWS_ENDPOINT_URL });
const sha256 = data => createHash('sha256').update(data).digest('base64');

async function pages(Command, input, take) {
	let token;
	do {
		const page = await client.send(new Command(
			{ ...input, MaxResults: 100, NextToken: token }));
		take(page);
		token = page.NextToken;
	} while (token);
}

// With a parent, only what differs from it, block by block.
async function put(disk, parent, before) {
	const fd = fs.openSync(disk);
	const size = fs.fstatSync(fd).size;
	const started = await client.send(new ebs.StartSnapshotCommand({
		VolumeSize: Math.ceil(size / GIB), Description: disk,
		ParentSnapshotId: parent, ClientToken: `put ${disk}`,
	}));
	const old = before && fs.openSync(before);
	const digests = [];
	for (let i = 0; i * SIZE < size; i++) {
		const block = Buffer.alloc(SIZE);
		const was = Buffer.alloc(SIZE);
		fs.readSync(fd, block, 0, SIZE, i * SIZE);
		if (old)
			fs.readSync(old, was, 0, SIZE, i * SIZE);
		if (block.equals(was))
			continue;
		await client.send(new ebs.PutSnapshotBlockCommand({
			SnapshotId: started.SnapshotId, BlockIndex: i,
			BlockData: block, DataLength: SIZE,
			Checksum: sha256(block), ChecksumAlgorithm: 'SHA256',
		}));
		digests.push(createHash('sha256').update(block).digest());
	}
	await client.send(new ebs.CompleteSnapshotCommand({
		SnapshotId: started.SnapshotId,
		ChangedBlocksCount: digests.length,
		Checksum: sha256(Buffer.concat(digests)),
		ChecksumAlgorithm: 'SHA256',
		ChecksumAggregationMethod: 'LINEAR',
	}));
	console.log(started.SnapshotId);
}

async function changed(first, second) {
	const blocks = [];
	await pages(ebs.ListChangedBlocksCommand,
		{ FirstSnapshotId: first, SecondSnapshotId: second },
		page => blocks.push(...page.ChangedBlocks));
	console.log(blocks.map(block => block.BlockIndex).join(' '));
}

async function get(snapshot, disk) {
	const fd = fs.openSync(disk, 'w');
	const blocks = [];
	await pages(ebs.ListSnapshotBlocksCommand, { SnapshotId: snapshot },
		page => blocks.push(...page.Blocks));
	for (const block of blocks) {
		const got = await client.send(new ebs.GetSnapshotBlockCommand(
			{ SnapshotId: snapshot, ...block }));
		const data = await got.BlockData.transformToByteArray();
		if (got.Checksum !== sha256(data) || data.length !== SIZE)
			throw new Error(`block ${block.BlockIndex} is damaged`);
		fs.writeSync(fd, data, 0, SIZE, block.BlockIndex * SIZE);
	}
}

const [, , what, ...words] = process.argv;
({ put, changed, get })[what](...words);
