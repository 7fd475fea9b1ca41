// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "sharpen",
  dependencies: [
    .package(url: "<the URL you cloned this from>", from: "0.1.0")
  ],
  targets: [
    .executableTarget(
      name: "sharpen",
      dependencies: [
        .product(name: "Convolution", package: "swift-convolution"),
        .product(name: "ConvolutionIO", package: "swift-convolution"),
      ])
  ])
